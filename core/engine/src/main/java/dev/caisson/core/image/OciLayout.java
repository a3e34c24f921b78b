package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageDocument.Index;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads an OCI image layout (image-layout.md): {@code oci-layout}, {@code index.json}, {@code blobs/ALGORITHM/HEX}. */
final class OciLayout {
    static final String NAME = "io.containerd.image.name";
    static final String REF_NAME = "org.opencontainers.image.ref.name";

    private final ArchiveSource source;
    private final Added added;
    private final Platform host;
    private final boolean keepsAll;

    /** @param keepsAll whether an index is kept with all that it names, or of its images the one that runs here */
    OciLayout(ArchiveSource source, Added added, Platform host, boolean keepsAll) {
        this.source = source;
        this.added = added;
        this.host = host;
        this.keepsAll = keepsAll;
    }

    static boolean is(ArchiveSource source) {
        return source.has("oci-layout") && source.has("index.json");
    }

    /** Stores the images of the index. */
    Loaded load() {
        String what = "index.json of " + source.what();
        if (!(ManifestParser.parse(source.read("index.json", ManifestParser.LIMIT), "", what) instanceof Index index)) {
            throw new ImageProblem(Stage.RESOLVE, what + " is no index", "the layout is damaged; save the image again");
        }
        // One index has an entry for each of its names.
        Map<Descriptor, List<ImageReference>> whole = new LinkedHashMap<>();
        List<Loaded.One> images = new ArrayList<>();
        List<Descriptor> unnamed = new ArrayList<>();
        for (Descriptor entry : index.manifests()) {
            if (keepsAll && MediaTypes.isIndex(entry.mediaType())) {
                whole.computeIfAbsent(Descriptor.of(entry.mediaType(), entry.digest(), entry.size()), k -> new ArrayList<>()).addAll(names(entry));
            } else if (names(entry).isEmpty() && entry.platform() != null) {
                unnamed.add(entry);
            } else {
                images.add(new Loaded.One(one(entry, 0), names(entry)));
            }
        }
        // Without a name, entries with platforms are one image for several.
        if (!unnamed.isEmpty()) {
            images.add(new Loaded.One(one(PlatformChoice.of(unnamed, host, what), 0), List.of()));
        }
        if (images.isEmpty() && whole.isEmpty()) {
            throw new ImageProblem(Stage.RESOLVE, source.what() + " holds no image", "make it with docker save, skopeo or Images.save(…)");
        }
        return new Loaded(images, whole.entrySet().stream().map(e -> several(e.getKey(), e.getValue())).toList());
    }

    /** All that an index names. */
    private Loaded.Several several(Descriptor entry, List<ImageReference> names) {
        String what = "index " + entry.digest() + " of " + source.what();
        if (names.isEmpty()) {
            throw new ImageProblem(Stage.RESOLVE, what + " has no name, under which alone it can be kept",
                    "write it with a full name, as by skopeo copy --all … oci-archive:FILE:example.org/app:v1, or load() this host's image alone");
        }
        if (!(ManifestParser.parse(document(entry, what), entry.mediaType(), what) instanceof Index index)) {
            throw new ImageProblem(Stage.RESOLVE, what + " is no index", "the layout is damaged; save the image again");
        }
        IndexWalk.Found found = IndexWalk.of(index, what, source.what(), host, (named, by) -> document(named, "manifest " + named.digest() + " of " + source.what()));
        found.blobs().forEach(blob -> added.blob(blob, () -> source.open(path(blob))));
        return new Loaded.Several(entry.digest(), found.images(), found.host(), names);
    }

    /** Verified, and stored. */
    private byte[] document(Descriptor entry, String what) {
        if (entry.size() > ManifestParser.LIMIT) {
            throw new ImageProblem(Stage.RESOLVE, what + " claims " + entry.size() + " bytes", "make it with docker save, skopeo or Images.save(…)");
        }
        byte[] document = verified(entry, what);
        added.blob(entry, () -> new ByteArrayInputStream(document));
        return document;
    }

    private Digest one(Descriptor entry, int depth) {
        String what = (MediaTypes.isIndex(entry.mediaType()) ? "index " : "manifest ") + entry.digest() + " of " + source.what();
        if (entry.size() > ManifestParser.LIMIT || depth > IndexWalk.DEPTH) {
            throw new ImageProblem(Stage.RESOLVE, what + (depth > IndexWalk.DEPTH ? " is nested too deeply" : " claims " + entry.size() + " bytes"), "make it with docker save, skopeo or Images.save(…)");
        }
        if (!MediaTypes.isIndex(entry.mediaType()) && !MediaTypes.isManifest(entry.mediaType())) {
            throw new ImageProblem(Stage.RESOLVE, what + " is of type '" + entry.mediaType() + "', which is no image", "give the archive of an image; artifacts of other kinds are for a registry");
        }
        byte[] document = verified(entry, what);
        ImageDocument parsed = ManifestParser.parse(document, entry.mediaType(), what);
        if (parsed instanceof Index nested) {
            return one(PlatformChoice.of(nested.manifests(), host, what), depth + 1);
        }
        Manifest manifest = (Manifest) parsed;
        added.blob(manifest.config(), () -> source.open(path(manifest.config())));
        manifest.layers().forEach(layer -> added.blob(layer, () -> source.open(path(layer))));
        added.blob(entry, () -> new ByteArrayInputStream(document));
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
