package dev.caisson.core.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.WholeFile;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.core.layer.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Writes images as docker does from 25 on: an OCI layout with a {@code manifest.json} beside it that names the same blobs. The same image gives the same bytes. */
final class ImageSaver {
    /** What {@code oci-layout} says (OCI image spec, image-layout.md). */
    static final byte[] LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);
    private final ContentStore content;

    ImageSaver(ContentStore content) {
        this.content = content;
    }

    /** For {@code docker load}: an image and its manifest. */
    record DockerImage(ImageRecord record, ImageDocument.Manifest manifest) {}

    /**
     * An image, or one for several platforms.
     *
     * @param self its manifest or index
     * @param blobs all it needs
     * @param docker what of it older readers get; null if nothing of it runs here
     */
    record Saved(Descriptor self, List<String> references, Collection<Digest> blobs, @Nullable DockerImage docker) {}

    void save(List<Saved> images, Path file) {
        WholeFile.write(file, Stage.RESOLVE, "saving an image to", out -> {
            try (TarWriter tar = new TarWriter(out)) {
                write(tar, images);
            }
        });
    }

    private void write(TarWriter tar, List<Saved> images) throws IOException {
        TreeSet<Digest> blobs = new TreeSet<>();
        images.forEach(image -> blobs.addAll(image.blobs()));
        tar.put(TarEntry.of(TarEntry.Kind.DIRECTORY, "blobs/", "", 0755));
        for (String algorithm : blobs.stream().map(Digest::algorithm).distinct().toList()) {
            tar.put(TarEntry.of(TarEntry.Kind.DIRECTORY, "blobs/" + algorithm + "/", "", 0755));
        }
        for (Digest blob : blobs) {
            try (InputStream in = content.open(blob)) {
                tar.put(TarEntry.file(path(blob), content.size(blob), 0644), in);
            }
        }
        document(tar, "index.json", DockerArchive.bytes(index(images)));
        document(tar, "manifest.json", dockerManifest(images));
        document(tar, "oci-layout", LAYOUT);
    }

    /** The {@code index.json} of a layout. */
    static ObjectNode index(List<Saved> images) {
        ObjectNode top = StrictJson.mapper().createObjectNode().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
        ArrayNode manifests = top.putArray("manifests");
        for (Saved image : images) {
            for (String reference : image.references()) {
                ObjectNode annotations = DockerArchive.descriptor(manifests.addObject(), image.self()).putObject("annotations").put(OciLayout.NAME, reference);
                ImageReference name = ImageReference.parse(reference);
                if (name.digest() == null) {
                    annotations.put(OciLayout.REF_NAME, name.tag());
                }
            }
            if (image.references().isEmpty()) {
                DockerArchive.descriptor(manifests.addObject(), image.self());
            }
        }
        return top;
    }

    private static byte[] dockerManifest(List<Saved> images) {
        ArrayNode top = StrictJson.mapper().createArrayNode();
        for (Saved saved : images) {
            DockerImage docker = saved.docker();
            if (docker == null) {
                continue;
            }
            ObjectNode image = top.addObject().put("Config", path(docker.record().config()));
            ArrayNode tags = image.putArray("RepoTags");
            // No digests: docker load refuses an archive with a tag that is none.
            docker.record().references().stream().map(ImageReference::parse).filter(r -> r.digest() == null).forEach(r -> tags.add(r.familiar()));
            ArrayNode layers = image.putArray("Layers");
            docker.manifest().layers().forEach(l -> layers.add(path(l.digest())));
        }
        return DockerArchive.bytes(top);
    }

    private static void document(TarWriter tar, String name, byte[] content) throws IOException {
        tar.put(TarEntry.file(name, content.length, 0644), content);
    }

    static String path(Digest digest) {
        return "blobs/" + digest.algorithm() + "/" + digest.hex();
    }
}
