package dev.caisson.registry.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A manifest or index, as far as a registry must understand it: what else it needs, and what it is about. It must mean the same to everybody: no duplicate keys, nothing
 * after its end, not a manifest and an index at once (CVE-2021-41190).
 *
 * @param mediaType of four that are known
 * @param blobs that the repository must have
 * @param manifests that the repository must have, of an index
 * @param subject which it refers to; null for none
 * @param artifactType as its referrers list has it, "" for none
 */
public record Manifest(String mediaType, Set<Digest> blobs, Set<Digest> manifests, @Nullable Digest subject, String artifactType, Map<String, String> annotations) {
    /** Most bytes (distribution spec: a registry takes at least this, and may refuse more). */
    public static final int LIMIT = 4 << 20;

    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

    private static final int DEPTH = 64;
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).maxStringLength(LIMIT).build()).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    public Manifest {
        blobs = Set.copyOf(blobs);
        manifests = Set.copyOf(manifests);
        annotations = Map.copyOf(annotations);
    }

    /** @param contentType as it was sent, or kept. @throws Fault if it is none */
    public static Manifest parse(byte[] content, String contentType) {
        String type = contentType.replaceFirst(";.*", "").strip();
        boolean index = type.equals(OCI_INDEX) || type.equals(DOCKER_LIST);
        if (!index && !type.equals(OCI_MANIFEST) && !type.equals(DOCKER_MANIFEST)) {
            throw new Fault(Code.MANIFEST_INVALID, 415, "a manifest's Content-Type is one of " + OCI_MANIFEST + ", " + OCI_INDEX + ", " + DOCKER_MANIFEST + ", " + DOCKER_LIST);
        }
        JsonNode json = json(content);
        check(json.isObject(), "it is no JSON object");
        check(json.path("schemaVersion").isInt() && json.path("schemaVersion").intValue() == 2, "its schemaVersion is not 2");
        String said = text(json, "mediaType");
        check(said.isEmpty() || said.equals(type), "its mediaType is not its Content-Type");
        check(!json.has(index ? "layers" : "manifests") && !(index && json.has("config")) && !json.has("fsLayers"), "it is a manifest and an index at once");
        List<Digest> blobs = new ArrayList<>();
        List<Digest> manifests = new ArrayList<>();
        for (JsonNode item : items(json, index ? "manifests" : "layers")) {
            Digest digest = descriptor(item);
            if (index) {
                manifests.add(digest);
            } else if (!item.path("urls").isArray() || item.path("urls").isEmpty()) {
                blobs.add(digest); // a layer that is elsewhere need not be here
            }
        }
        String artifactType = text(json, "artifactType");
        if (!index) {
            check(json.path("config").isObject(), "it has no config");
            blobs.add(descriptor(json.get("config")));
            artifactType = artifactType.isEmpty() ? text(json.get("config"), "mediaType") : artifactType;
        }
        Digest subject = json.hasNonNull("subject") ? descriptor(json.get("subject")) : null;
        return new Manifest(type, Set.copyOf(blobs), Set.copyOf(manifests), subject, artifactType, annotations(json));
    }

    private static JsonNode json(byte[] content) {
        try {
            return MAPPER.readTree(content);
        } catch (IOException e) {
            throw new Fault(Code.MANIFEST_INVALID, "it is no proper JSON");
        }
    }

    private static Iterable<JsonNode> items(JsonNode json, String field) {
        JsonNode items = json.path(field);
        check(items.isArray() || items.isMissingNode() && field.equals("layers"), "'" + field + "' is no array");
        return items;
    }

    private static Digest descriptor(JsonNode node) {
        check(node.isObject() && node.path("size").isIntegralNumber() && node.path("size").canConvertToLong() && node.path("size").longValue() >= 0,
                "a descriptor has no proper size");
        return Digest.parse(text(node, "digest"));
    }

    private static Map<String, String> annotations(JsonNode json) {
        Map<String, String> all = new LinkedHashMap<>();
        JsonNode annotations = json.path("annotations");
        check(annotations.isMissingNode() || annotations.isNull() || annotations.isObject(), "'annotations' is no object");
        annotations.fields().forEachRemaining(f -> {
            check(f.getValue().isTextual(), "an annotation is no text");
            all.put(f.getKey(), f.getValue().textValue());
        });
        return all;
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        check(value.isMissingNode() || value.isNull() || value.isTextual(), "'" + field + "' is no text");
        return value.isTextual() ? value.textValue() : "";
    }

    private static void check(boolean ok, String otherwise) {
        if (!ok) {
            throw new Fault(Code.MANIFEST_INVALID, otherwise);
        }
    }
}
