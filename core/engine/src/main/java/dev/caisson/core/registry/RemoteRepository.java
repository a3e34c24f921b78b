package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.image.MediaTypes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One repository: its manifests and blobs (OCI distribution spec, pull). A mirror that fails is passed over. */
final class RemoteRepository {
    private static final String ACCEPT = String.join(", ", MediaTypes.OCI_INDEX, MediaTypes.OCI_MANIFEST, MediaTypes.DOCKER_LIST, MediaTypes.DOCKER_MANIFEST);
    private static final int MOST_OF_AN_ERROR = 8 << 10;

    private final List<Endpoint> endpoints;
    private final String path;
    private final Requests requests;

    RemoteRepository(List<Endpoint> endpoints, String path, Requests requests) {
        this.endpoints = endpoints;
        this.path = path;
        this.requests = requests;
    }

    /** A manifest or index as it came. */
    record Document(byte[] content, String mediaType, Digest digest) {}

    RetryPolicy retries() {
        return requests.retries();
    }

    /** For errors. */
    String what() {
        return endpoints.get(endpoints.size() - 1).host() + "/" + path;
    }

    /**
     * The document of a tag or digest.
     *
     * @param expected its digest, when that is known
     */
    Document manifest(String reference, @org.jspecify.annotations.Nullable Digest expected) {
        return anywhere(endpoint -> {
            try (Response response = requests.send(endpoint, "GET", "/v2/" + path + "/manifests/" + reference, Map.of("Accept", ACCEPT), scope())) {
                if (response.status() != 200) {
                    throw refused(endpoint, response, what() + (expected == null ? ":" : "@") + reference);
                }
                byte[] content = response.body().document(ManifestParser.LIMIT + 1);
                if (content.length > ManifestParser.LIMIT) {
                    throw new ImageProblem(Stage.PULL, "the manifest of " + what() + " has more than " + ManifestParser.LIMIT + " bytes", "the registry is damaged or hostile");
                }
                Digest actual = Digest.of(expected == null ? "sha256" : expected.algorithm(), Digest.hasher(expected == null ? "sha256" : expected.algorithm()).digest(content));
                if (expected != null && !actual.equals(expected)) {
                    throw new ImageProblem(Stage.PULL, "registry " + endpoint.host() + " sent " + actual + " for " + what() + "@" + expected,
                            "the registry is damaged or hostile; get the image from somewhere else");
                }
                return new Document(content, response.header("Content-Type").replaceFirst(";.*", "").strip(), actual);
            } catch (IOException e) {
                throw Requests.unreachable(endpoint, e);
            }
        });
    }

    /**
     * The bytes of a blob.
     *
     * @param from the first byte wanted; the answer may begin at 0 all the same, see {@code Content-Range}
     */
    Response blob(Digest digest, long from) {
        return anywhere(endpoint -> {
            Response response = requests.send(endpoint, "GET", "/v2/" + path + "/blobs/" + digest,
                    from == 0 ? Map.of("Accept", "application/octet-stream") : Map.of("Accept", "application/octet-stream", "Range", "bytes=" + from + "-"), scope());
            if (response.status() == 200 || from > 0 && response.status() == 206) {
                return response;
            }
            try (response) {
                throw refused(endpoint, response, "blob " + digest + " of " + what());
            } catch (IOException e) {
                throw Requests.unreachable(endpoint, e);
            }
        });
    }

    private String scope() {
        return "repository:" + path + ":pull";
    }

    private <T> T anywhere(Function<Endpoint, T> ask) {
        ImageProblem before = null;
        for (Endpoint endpoint : endpoints) {
            try {
                return ask.apply(endpoint);
            } catch (ImageProblem e) {
                if (before != null) {
                    e.addSuppressed(before);
                }
                before = e;
            }
        }
        throw java.util.Objects.requireNonNull(before, "there is always the registry itself");
    }

    private static ImageProblem refused(Endpoint endpoint, Response response, String what) throws IOException {
        String said = said(response);
        String host = endpoint.host();
        return switch (response.status()) {
            case 401 -> new ImageProblem(Stage.PULL, "registry " + host + " wants to know who asks for " + what + said,
                    "log in: docker login " + host + ", or RegistryAccess.of(\"" + host + "\").login(user, secret)");
            case 403 -> new ImageProblem(Stage.PULL, "registry " + host + " does not let you have " + what + said, "ask its owner for access, or log in as somebody else");
            case 404 -> new ImageProblem(Stage.PULL, "registry " + host + " has no " + what + said, "check name and tag; a private one looks like that too: docker login " + host);
            case 429 -> new ImageProblem(Stage.PULL, "registry " + host + " is asked too often" + said, "wait, log in for a higher limit, or use a mirror");
            default -> new ImageProblem(Stage.PULL, "registry " + host + " answered " + response.status() + " for " + what + said,
                    response.status() == 400 && endpoint.plain() ? "if it speaks TLS, use RegistryAccess.of(\"" + host + "\").tls()" : "");
        };
    }

    /** What the registry says of it (distribution spec, error codes). */
    private static String said(Response response) throws IOException {
        byte[] body = response.body().document(MOST_OF_AN_ERROR);
        try {
            JsonNode first = new ObjectMapper().readTree(body).path("errors").path(0);
            String text = first.path("code").asText("") + " " + first.path("message").asText("");
            return text.isBlank() ? "" : " (" + text.strip().replaceAll("\\p{Cntrl}", "?") + ")";
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return "";
        }
    }
}
