package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One blob to a registry that may have it already, in this repository or in another one (OCI distribution spec, push: HEAD, POST with mount, PUT). */
final class BlobPush {
    private static final int SETTLING = 5;
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.push");
    private static final Pattern RECEIVED = Pattern.compile("0-(\\d{1,18})");

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
        URI begun = null;
        for (String other : others) {
            Mount mount = mount(blob.digest(), other);
            if (mount.done()) {
                return false;
            }
            begun = mount.begun() == null ? begun : mount.begun();
        }
        return upload(blob, begun, sent);
    }

    /** In one request or in chunks; an upload that broke goes on where the registry says it has come to, or anew if it does not say. */
    private boolean upload(Descriptor blob, @Nullable URI begun, LongConsumer sent) {
        URI to = begun;
        long from = 0;
        for (int failed = 0;;) {
            to = to == null ? begin(blob.digest()) : to;
            Part part = part(blob.size(), from);
            Ask ask = sending(blob, part, sent);
            try (Response response = requests.once(endpoint, part.last() ? completing(to, blob.digest()) : to, ask)) {
                if (part.last() && response.status() == 201) {
                    return true;
                }
                if (!part.last() && response.status() == 202) {
                    to = Requests.target(Stage.PUSH, endpoint, response.from(), response.header("Location"));
                    from = part.to();
                    failed = 0;
                    continue;
                }
                failed++;
                // One that went on may have begun too early (the registry was still reading what broke), or where the registry forgot.
                boolean again = from > 0 && (response.status() == 404 || response.status() == 409 || response.status() == 416);
                if (!again && !RetryPolicy.passing(response.status()) || failed >= requests.retries().tries()) {
                    throw Refusal.ofPush(endpoint, response, "blob " + blob.digest() + " into " + path);
                }
            } catch (IOException e) {
                failed++;
                if (Requests.lasting(e) || failed >= requests.retries().tries()) {
                    throw Requests.unreachable(Stage.PUSH, endpoint, e);
                }
            }
            requests.pause(endpoint, ask, failed);
            Received received = settled(to, blob.size(), ask);
            LOG.warn("the upload of blob {} to {} broke in what follows byte {}; {}", blob.digest(), endpoint.host(), part.from(),
                    received.next() == null ? "the registry does not say how far it came, so it begins anew" : "it goes on at byte " + received.bytes());
            to = received.next();
            from = received.bytes();
        }
    }

    /**
     * What one request brings.
     *
     * @param last whether the blob is complete with it: PUT, else PATCH
     */
    private record Part(long from, long to, boolean last) {}

    /** Chunks are closed by a request of their own, which has no bytes (OCI distribution spec, pushing a blob in chunks). */
    private Part part(long size, long from) {
        return size <= endpoint.chunk() ? new Part(from, size, true) : new Part(from, from + Math.min(size - from, endpoint.chunk()), from == size);
    }

    private Ask sending(Descriptor blob, Part part, LongConsumer sent) {
        long bytes = part.to() - part.from();
        boolean whole = part.last() && (part.from() == 0 || bytes == 0);
        Map<String, String> headers = whole ? Map.of("Content-Type", "application/octet-stream")
                : Map.of("Content-Type", "application/octet-stream", "Content-Range", part.from() + "-" + (part.to() - 1));
        return Ask.push(part.last() ? "PUT" : "PATCH", scope(""), headers, () -> body(blob, part.from(), bytes, sent), bytes);
    }

    /**
     * How far a broken upload has come.
     *
     * @param next where it goes on; null to begin anew
     */
    private record Received(@org.jspecify.annotations.Nullable URI next, long bytes) {
        static final Received NOTHING = new Received(null, 0);
    }

    /** Asks until the answer stays the same: the registry may still be reading what came before the break. */
    private Received settled(URI upload, long size, Ask ask) {
        Received last = received(upload, size);
        for (int i = 0; i < SETTLING && last.next() != null; i++) {
            requests.pause(endpoint, ask, 1);
            Received now = received(upload, size);
            if (now.bytes() == last.bytes()) {
                return now;
            }
            last = now;
        }
        return last;
    }

    /** Asks the registry ({@code Range: 0-LAST}). One byte and none look the same there, so from two on; all of it is not worth going on with either. */
    private Received received(URI upload, long size) {
        try (Response response = requests.once(endpoint, upload, Ask.push("GET", scope(""), Map.of()))) {
            Matcher range = RECEIVED.matcher(response.header("Range"));
            if (response.status() == 204 && range.matches()) {
                long bytes = Long.parseLong(range.group(1)) + 1;
                String location = response.header("Location");
                if (bytes > 1 && bytes < size) {
                    return new Received(location.isEmpty() ? upload : Requests.target(Stage.PUSH, endpoint, response.from(), location), bytes);
                }
            }
            return Received.NOTHING;
        } catch (IOException e) {
            return Received.NOTHING;
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

    /**
     * What asking for a blob of another repository came to.
     *
     * @param begun an upload that the registry has begun instead; null for none
     */
    private record Mount(boolean done, @Nullable URI begun) {
        static final Mount REFUSED = new Mount(false, null);
    }

    /** Asked once, as it only saves sending: where the other repository may not be read, its token server and the registry refuse in many ways. */
    private Mount mount(Digest digest, String other) {
        String query = "?mount=" + encoded(digest.toString()) + "&from=" + encoded(other);
        try (Response response = requests.once(endpoint, endpoint.uri("/v2/" + path + "/blobs/uploads/" + query), Ask.push("POST", scope(other), Map.of()))) {
            return switch (response.status()) {
                case 201 -> new Mount(true, null);
                case 202 -> new Mount(false, Requests.target(Stage.PUSH, endpoint, response.from(), response.header("Location")));
                default -> Mount.REFUSED;
            };
        } catch (IOException | ImageProblem e) {
            if (Thread.currentThread().isInterrupted()) {
                throw Requests.interrupted(Stage.PUSH, endpoint, e);
            }
            LOG.debug("blob {} is not mounted from {} of {}, but sent", digest, other, endpoint.host(), e);
            return Mount.REFUSED;
        }
    }

    /** Where to upload to. */
    private URI begin(Digest digest) {
        try (Response response = requests.send(endpoint, "/v2/" + path + "/blobs/uploads/", Ask.push("POST", scope(""), Map.of()))) {
            if (response.status() == 202) {
                return Requests.target(Stage.PUSH, endpoint, response.from(), response.header("Location"));
            }
            throw Refusal.ofPush(endpoint, response, "blob " + digest + " into " + path);
        } catch (IOException e) {
            throw Requests.unreachable(Stage.PUSH, endpoint, e);
        }
    }

    private static URI completing(URI upload, Digest digest) {
        return URI.create(upload + (upload.getRawQuery() == null ? "?" : "&") + "digest=" + encoded(digest.toString()));
    }

    private BodyPublisher body(Descriptor blob, long from, long bytes, LongConsumer sent) {
        return bytes == 0 ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> new Counted(store.open(blob.digest(), from), bytes, sent)), bytes);
    }

    private String scope(String other) {
        return "repository:" + path + ":pull,push" + (other.isEmpty() ? "" : " repository:" + other + ":pull");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** So many bytes; tells how many were read. */
    private static final class Counted extends java.io.FilterInputStream {
        private final LongConsumer read;
        private long left;

        Counted(InputStream in, long bytes, LongConsumer read) {
            super(in);
            this.left = bytes;
            this.read = read;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int n = left == 0 ? -1 : in.read(into, from, (int) Math.min(length, left));
            left -= Math.max(n, 0);
            read.accept(Math.max(n, 0));
            return n;
        }
    }
}
