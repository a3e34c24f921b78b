package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@code docker save} wrote before docker 25: {@code manifest.json} names a configuration and layer files. Names are looked up among the members of the
 * archive, so {@code ../../etc/passwd} is a file that is not there. Images without a manifest of their own get one of OCI's.
 */
final class DockerArchive {
    private static final int MOST_LAYERS = 1024;
    private final ArchiveSource source;
    private final ContentStore content;
    private final Added added;

    DockerArchive(ArchiveSource source, ContentStore content, Added added) {
        this.source = source;
        this.content = content;
        this.added = added;
    }

    static boolean is(ArchiveSource source) {
        return source.has("manifest.json");
    }

    List<Loaded.One> load() {
        String what = "manifest.json of " + source.what();
        List<Loaded.One> images = new ArrayList<>();
        for (StrictJson item : StrictJson.array(source.read("manifest.json", ManifestParser.LIMIT), ManifestParser.LIMIT, what)) {
            images.add(image(item));
        }
        if (images.isEmpty()) {
            throw new ImageProblem(Stage.RESOLVE, source.what() + " holds no image", "make it with docker save, skopeo or Images.save(…)");
        }
        return images;
    }

    private Loaded.One image(StrictJson item) {
        byte[] config = source.read(item.text("Config"), ImageConfig.LIMIT);
        ImageConfig parsed = ConfigJson.parse(config, "config of " + source.what());
        List<String> files = item.texts("Layers");
        if (files == null || files.size() != parsed.diffIds().size() || files.size() > MOST_LAYERS) {
            throw item.bad("it names " + (files == null ? 0 : files.size()) + " layers, the configuration " + parsed.diffIds().size());
        }
        List<Descriptor> layers = new ArrayList<>();
        for (String file : files) {
            Digest digest = added.blob(() -> source.open(file), null, -1);
            layers.add(Descriptor.of(MediaTypes.OCI_LAYER + StoredLayers.compression(content, digest).mediaTypeSuffix(), digest, content.size(digest)));
        }
        Digest manifest = added.blob(manifest(Descriptor.of(MediaTypes.OCI_CONFIG, added.blob(config), config.length), layers));
        List<String> tags = item.texts("RepoTags");
        return new Loaded.One(manifest, tags == null ? List.of() : tags.stream().map(ImageReference::parse).toList());
    }

    /** An OCI manifest; the same values give the same bytes. */
    static byte[] manifest(Descriptor config, List<Descriptor> layers) {
        ObjectNode top = StrictJson.mapper().createObjectNode().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
        descriptor(top.putObject("config"), config);
        ArrayNode array = top.putArray("layers");
        layers.forEach(l -> descriptor(array.addObject(), l));
        return bytes(top);
    }

    static ObjectNode descriptor(ObjectNode into, Descriptor descriptor) {
        return into.put("mediaType", descriptor.mediaType()).put("digest", descriptor.digest().toString()).put("size", descriptor.size());
    }

    static byte[] bytes(Object tree) {
        try {
            return StrictJson.mapper().writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
    }
}
