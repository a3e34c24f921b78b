package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageDocument.Index;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.util.ArrayList;
import java.util.List;

/** Reads an OCI image layout (image-layout.md): {@code oci-layout}, {@code index.json}, {@code blobs/ALGORITHM/HEX}. */
final class OciLayout {
    static final String NAME = "io.containerd.image.name";
    static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final int DEPTH = 4;

    private final ArchiveSource source;
    private final Added added;
    private final Platform host;

    OciLayout(ArchiveSource source, Added added, Platform host) {
        this.source = source;
        this.added = added;
        this.host = host;
    }

    static boolean is(ArchiveSource source) {
        return source.has("oci-layout") && source.has("index.json");
    }

    /** Stores the images of the index: of one for several platforms the one that runs here. */
    List<LoadedImage> load() {
        String what = "index.json of " + source.what();
        if (!(ManifestParser.parse(source.read("index.json", ManifestParser.LIMIT), "", what) instanceof Index index)) {
            throw new ImageProblem(Stage.RESOLVE, what + " is no index", "the layout is damaged; save the image again");
        }
        List<LoadedImage> images = new ArrayList<>();
        List<Descriptor> unnamed = new ArrayList<>();
        for (Descriptor entry : index.manifests()) {
            if (names(entry).isEmpty() && entry.platform() != null) {
                unnamed.add(entry);
            } else {
                images.add(new LoadedImage(one(entry, 0), names(entry)));
            }
        }
        // Without a name, entries with platforms are one image for several.
        if (!unnamed.isEmpty()) {
            images.add(new LoadedImage(one(PlatformChoice.of(unnamed, host, what), 0), List.of()));
        }
        if (images.isEmpty()) {
            throw new ImageProblem(Stage.RESOLVE, source.what() + " holds no image", "");
        }
        return images;
    }

    private Digest one(Descriptor entry, int depth) {
        String what = (MediaTypes.isIndex(entry.mediaType()) ? "index " : "manifest ") + entry.digest() + " of " + source.what();
        if (entry.size() > ManifestParser.LIMIT || depth > DEPTH) {
            throw new ImageProblem(Stage.RESOLVE, what + (depth > DEPTH ? " is nested too deeply" : " claims " + entry.size() + " bytes"), "");
        }
        if (!MediaTypes.isIndex(entry.mediaType()) && !MediaTypes.isManifest(entry.mediaType())) {
            throw new ImageProblem(Stage.RESOLVE, what + " is of type '" + entry.mediaType() + "', which is no image", "");
        }
        byte[] document = verified(entry, what);
        ImageDocument parsed = ManifestParser.parse(document, entry.mediaType(), what);
        if (parsed instanceof Index nested) {
            return one(PlatformChoice.of(nested.manifests(), host, what), depth + 1);
        }
        Manifest manifest = (Manifest) parsed;
        added.blob(manifest.config(), () -> source.open(path(manifest.config())));
        manifest.layers().forEach(layer -> added.blob(layer, () -> source.open(path(layer))));
        added.blob(entry, () -> new java.io.ByteArrayInputStream(document));
        return entry.digest();
    }

    /** An index is not stored, so its bytes are verified here. */
    private byte[] verified(Descriptor entry, String what) {
        byte[] document = source.read(path(entry), ManifestParser.LIMIT);
        byte[] hash = Digest.hasher(entry.digest().algorithm()).digest(document);
        if (document.length != entry.size() || !Digest.of(entry.digest().algorithm(), hash).equals(entry.digest())) {
            throw new ImageProblem(Stage.PULL, what + " has other bytes than its digest and size say", "the archive is damaged or hostile; get it again");
        }
        return document;
    }

    private static String path(Descriptor descriptor) {
        return "blobs/" + descriptor.digest().algorithm() + "/" + descriptor.digest().hex();
    }

    /** A bare word in ref.name, as skopeo and umoci write it, is a tag of an image that has no name. */
    private static List<ImageReference> names(Descriptor entry) {
        String name = entry.annotations().getOrDefault(NAME, "");
        String ref = entry.annotations().getOrDefault(REF_NAME, "");
        String full = !name.isEmpty() ? name : ref.indexOf('/') > 0 || ref.indexOf(':') > 0 ? ref : "";
        return full.isEmpty() ? List.of() : List.of(ImageReference.parse(full));
    }
}
