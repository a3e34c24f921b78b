package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.image.MediaTypes;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;

/**
 * Enters a manifest with a subject into the list of its subject's referrers, where the registry keeps no such list itself (OCI distribution spec, "Pushing manifests with
 * subject": no OCI-Subject in the answer, so the client keeps an index under a tag).
 */
final class ReferrersTag {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Endpoint endpoint;
    private final Requests requests;
    private final String path;

    ReferrersTag(Endpoint endpoint, Requests requests, String path) {
        this.endpoint = endpoint;
        this.requests = requests;
        this.path = path;
    }

    /** Does so if the manifest has a subject. */
    void enter(byte[] manifest, String mediaType, Digest digest) throws IOException {
        JsonNode document = JSON.readTree(manifest);
        String subject = document.path("subject").path("digest").asText("");
        if (subject.isEmpty()) {
            return;
        }
        String address = "/v2/" + path + "/manifests/" + ReferrerList.tag(Digest.parse(subject));
        ObjectNode index = index(address);
        for (JsonNode entry : index.path("manifests")) {
            if (entry.path("digest").asText("").equals(digest.toString())) {
                return;
            }
        }
        ObjectNode entry = ((ArrayNode) index.get("manifests")).addObject().put("mediaType", mediaType).put("digest", digest.toString()).put("size", manifest.length);
        String type = document.path("artifactType").asText(document.path("config").path("mediaType").asText(""));
        if (!type.isEmpty()) {
            entry.put("artifactType", type);
        }
        if (document.path("annotations").isObject()) {
            entry.set("annotations", document.get("annotations"));
        }
        byte[] content = JSON.writeValueAsBytes(index);
        Ask ask = Ask.push("PUT", scope(), Map.of("Content-Type", MediaTypes.OCI_INDEX), () -> BodyPublishers.ofByteArray(content), content.length);
        try (Response response = requests.send(endpoint, address, ask)) {
            if (response.status() != 201 && response.status() != 200) {
                throw Refusal.ofPush(endpoint, response, "the list of referrers of " + subject);
            }
        }
    }

    private ObjectNode index(String address) throws IOException {
        try (Response response = requests.send(endpoint, address, Ask.push("GET", scope(), Map.of("Accept", MediaTypes.OCI_INDEX)))) {
            if (response.status() == 404) {
                ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
                index.putArray("manifests");
                return index;
            }
            if (response.status() != 200) {
                throw Refusal.ofPush(endpoint, response, "the list of referrers");
            }
            JsonNode index = JSON.readTree(response.body().document(ManifestParser.LIMIT));
            if (!(index instanceof ObjectNode object) || !index.path("manifests").isArray()) {
                throw new ImageProblem(Stage.PUSH, "registry " + endpoint.host() + " has something else than an index at " + address, "delete that tag there");
            }
            return object;
        }
    }

    private String scope() {
        return "repository:" + path + ":pull,push";
    }
}
