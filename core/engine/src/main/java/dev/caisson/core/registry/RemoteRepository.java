package dev.caisson.core.registry;

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
            try (Response response = requests.send(endpoint, "/v2/" + path + "/manifests/" + reference, Ask.get(scope(), Map.of("Accept", ACCEPT)))) {
                if (response.status() != 200) {
                    throw Refusal.ofPull(endpoint, response, what() + (expected == null ? ":" : "@") + reference);
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
                if (expected == null) {
                    ManifestParser.mediaType(content, "manifest " + actual + " of " + what()); // what is no document at all is a failure of this endpoint: the next one is asked
                }
                return new Document(content, response.header("Content-Type").replaceFirst(";.*", "").strip(), actual);
            } catch (IOException e) {
                throw Requests.unreachable(Stage.PULL, endpoint, e);
            }
        });
    }

    /**
     * The bytes of a blob.
     *
     * @param from the first byte wanted; the answer may begin at 0 all the same, see {@code Content-Range}, or be that there is no such part (416)
     */
    Response blob(Digest digest, long from) {
        return anywhere(endpoint -> {
            Response response = requests.send(endpoint, "/v2/" + path + "/blobs/" + digest, Ask.get(scope(),
                    from == 0 ? Map.of("Accept", "application/octet-stream") : Map.of("Accept", "application/octet-stream", "Range", "bytes=" + from + "-")));
            if (response.status() == 200 || from > 0 && (response.status() == 206 || response.status() == 416)) {
                return response;
            }
            try (response) {
                throw Refusal.ofPull(endpoint, response, "blob " + digest + " of " + what());
            } catch (IOException e) {
                throw Requests.unreachable(Stage.PULL, endpoint, e);
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
}
