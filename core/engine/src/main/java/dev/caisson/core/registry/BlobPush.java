package dev.caisson.core.registry;

import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/** One blob to a registry that may have it already, in this repository or in another one (OCI distribution spec, push: HEAD, POST with mount, PUT). */
final class BlobPush {
    private final Endpoint endpoint;
    private final Requests requests;
    private final String path;
    private final ContentStore store;
    /** Other repositories there that may have the blob. */
    private final List<String> others;

    BlobPush(Endpoint endpoint, Requests requests, String path, ContentStore store, List<String> others) {
        this.endpoint = endpoint;
        this.requests = requests;
        this.path = path;
        this.store = store;
        this.others = others;
    }

    /**
     * Brings it there.
     *
     * @param sent is told how many bytes more have been sent; a try that failed is not taken back
     * @return false if it was there and nothing was sent
     */
    boolean run(Descriptor blob, LongConsumer sent) {
        if (present(blob.digest())) {
            return false;
        }
        for (String other : others) {
            if (begin(blob.digest(), other) == null) {
                return false;
            }
        }
        return upload(blob, sent);
    }

    /** An upload that broke cannot be sent again to where it went: a registry counts what it has got. */
    private boolean upload(Descriptor blob, LongConsumer sent) {
        for (int failed = 0;;) {
            URI to = begin(blob.digest(), "");
            if (to == null) {
                return false;
            }
            Ask ask = Ask.push("PUT", scope(""), Map.of("Content-Type", "application/octet-stream"), () -> body(blob, sent), blob.size());
            try (Response response = requests.once(endpoint, completing(to, blob.digest()), ask)) {
                if (response.status() == 201) {
                    return true;
                }
                failed++;
                if (!RetryPolicy.passing(response.status()) || failed >= requests.retries().tries()) {
                    throw Refusal.ofPush(endpoint, response, "blob " + blob.digest() + " into " + path);
                }
            } catch (IOException e) {
                failed++;
                if (Requests.lasting(e) || failed >= requests.retries().tries()) {
                    throw Requests.unreachable(Stage.PUSH, endpoint, e);
                }
            }
            requests.pause(endpoint, ask, failed);
        }
    }

    private boolean present(Digest digest) {
        try (Response response = requests.send(endpoint, "/v2/" + path + "/blobs/" + digest, Ask.push("HEAD", scope(""), Map.of()))) {
            return switch (response.status()) {
                case 200 -> true;
                case 404 -> false;
                default -> throw Refusal.ofPush(endpoint, response, "blob " + digest + " into " + path);
            };
        } catch (IOException e) {
            throw Requests.unreachable(Stage.PUSH, endpoint, e);
        }
    }

    /** Where to upload to; null if the registry mounted it from the other repository. */
    private @org.jspecify.annotations.Nullable URI begin(Digest digest, String other) {
        String query = other.isEmpty() ? "" : "?mount=" + encoded(digest.toString()) + "&from=" + encoded(other);
        Ask ask = Ask.push("POST", scope(other), Map.of());
        try (Response response = requests.send(endpoint, "/v2/" + path + "/blobs/uploads/" + query, ask)) {
            return switch (response.status()) {
                case 201 -> null;
                case 202 -> Requests.target(Stage.PUSH, endpoint, response.from(), response.header("Location"));
                default -> throw Refusal.ofPush(endpoint, response, "blob " + digest + " into " + path);
            };
        } catch (IOException e) {
            throw Requests.unreachable(Stage.PUSH, endpoint, e);
        }
    }

    private static URI completing(URI upload, Digest digest) {
        return URI.create(upload + (upload.getRawQuery() == null ? "?" : "&") + "digest=" + encoded(digest.toString()));
    }

    private BodyPublisher body(Descriptor blob, LongConsumer sent) {
        return blob.size() == 0 ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new Counted(store.open(blob.digest()), sent)), blob.size());
    }

    private String scope(String other) {
        return "repository:" + path + ":pull,push" + (other.isEmpty() ? "" : " repository:" + other + ":pull");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Tells how much was read. */
    private static final class Counted extends java.io.FilterInputStream {
        private final LongConsumer read;

        Counted(InputStream in, LongConsumer read) {
            super(in);
            this.read = read;
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            read.accept(b < 0 ? 0 : 1);
            return b;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int n = in.read(into, from, length);
            read.accept(Math.max(n, 0));
            return n;
        }
    }
}
