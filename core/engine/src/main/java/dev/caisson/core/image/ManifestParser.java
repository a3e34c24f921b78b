package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.image.ImageDocument.Index;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads manifests and indexes. A document that could be taken for both, or for another type than its descriptor says, is refused: the same bytes must not mean two
 * images to two readers.
 */
public final class ManifestParser {
    /** Most bytes of a manifest or index. */
    public static final int LIMIT = 4 << 20;
    private static final int MOST_LAYERS = 1024;

    private ManifestParser() {}

    /**
     * Reads a document.
     *
     * @param mediaType what its descriptor or the registry's Content-Type says; "" if nothing does
     * @param what names it in errors
     * @throws ImageProblem if it is malformed or ambiguous
     */
    public static ImageDocument parse(byte[] content, String mediaType, String what) {
        StrictJson json = StrictJson.object(content, LIMIT, what);
        boolean index = json.has("manifests");
        if (index && (json.has("layers") || json.has("config") || json.has("fsLayers")) || json.has("layers") && json.has("fsLayers")) {
            throw json.bad("it is a manifest and an index at once");
        }
        String own = json.text("mediaType");
        if (!own.isEmpty() && !mediaType.isEmpty() && !own.equals(mediaType)) {
            throw json.bad("it says it is '" + own + "', its descriptor says '" + mediaType + "'");
        }
        String type = !own.isEmpty() ? own : !mediaType.isEmpty() ? mediaType : index ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
        if (json.number("schemaVersion") != 2) {
            throw new ImageProblem(Stage.RESOLVE, what + ": schema version " + json.number("schemaVersion") + ", only 2 is read",
                    "push the image again with docker 1.10 or later");
        }
        if (index ? !MediaTypes.isIndex(type) : !MediaTypes.isManifest(type)) {
            throw json.bad("its media type '" + type + "' is not that of " + (index ? "an index" : "an image manifest"));
        }
        return index ? index(json, type) : manifest(json, type);
    }

    /**
     * The blobs that a manifest names, be it an image's or an artifact's (an attestation, a signature); of an index the manifests.
     *
     * @throws ImageProblem if it is malformed, or names more than an image may have layers
     */
    public static List<Descriptor> references(byte[] content, String what) {
        StrictJson json = StrictJson.object(content, LIMIT, what);
        List<Descriptor> all = new ArrayList<>();
        if (json.has("manifests")) {
            if (json.has("config") || json.has("layers") || json.has("blobs")) {
                throw json.bad("it is a manifest and an index at once");
            }
            json.objects("manifests").forEach(item -> all.add(descriptor(item)));
        } else {
            if (json.has("config")) {
                all.add(descriptor(json.object("config")));
            }
            for (String list : List.of("layers", "blobs")) {
                if (json.has(list)) {
                    json.objects(list).forEach(item -> all.add(descriptor(item)));
                }
            }
        }
        if (all.size() > MOST_LAYERS + 1) {
            throw json.bad("it names " + all.size() + " blobs, more than " + (MOST_LAYERS + 1));
        }
        return all;
    }

    /** What the document says it is, or else what its fields say. */
    public static String mediaType(byte[] content, String what) {
        StrictJson json = StrictJson.object(content, LIMIT, what);
        String own = json.text("mediaType");
        return !own.isEmpty() ? own : json.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    }

    private static Index index(StrictJson json, String type) {
        List<Descriptor> manifests = new ArrayList<>();
        for (StrictJson item : json.objects("manifests")) {
            manifests.add(descriptor(item));
        }
        return new Index(type, manifests);
    }

    private static Manifest manifest(StrictJson json, String type) {
        if (!json.has("config") || !json.has("layers")) {
            throw json.bad("it has no config or no layers");
        }
        Descriptor config = descriptor(json.object("config"));
        if (!MediaTypes.isConfig(config.mediaType())) {
            throw new ImageProblem(Stage.RESOLVE, json.bad("its config is '" + config.mediaType() + "'").what() + ", so it is no container image",
                    "it is an artifact of another kind (chart, signature, module …): use its own tool");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (StrictJson item : json.objects("layers")) {
            Descriptor layer = descriptor(item);
            if (!MediaTypes.isTarLayer(layer.mediaType())) {
                throw new ImageProblem(Stage.RESOLVE, json.bad("a layer is '" + layer.mediaType() + "'").what() + ", which is no tar",
                        "build the image with tar layers; file-system images are never mounted, since a kernel does not survive hostile ones");
            }
            layers.add(layer);
        }
        if (layers.size() > MOST_LAYERS) {
            throw json.bad("it has " + layers.size() + " layers, more than " + MOST_LAYERS);
        }
        return new Manifest(type, config, layers);
    }

    private static Descriptor descriptor(StrictJson json) {
        StrictJson platform = json.object("platform");
        return new Descriptor(json.text("mediaType"), json.digest("digest"), json.number("size"), json.map("annotations"),
                json.has("platform") ? new Platform(platform.text("os"), platform.text("architecture"), platform.text("variant")) : null);
    }
}
