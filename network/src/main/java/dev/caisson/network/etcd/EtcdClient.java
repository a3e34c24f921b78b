package dev.caisson.network.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.network.etcd.EtcdFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of etcd's v3 API (3.4 and later) through its JSON gateway. Each call has a time limit and its answer a limit of size. Its threads and connections are in the
 * network namespace of the thread that makes it. Thread-safe.
 */
public final class EtcdClient implements AutoCloseable {
    private static final int MAX_ANSWER = 32 << 20;
    private static final int PAGE = 1000;
    private static final int MAX_PAGES = 100;
    private static final Duration CONNECT = Duration.ofSeconds(2);

    private final EtcdSettings settings;
    private final Duration patience;
    private final ExecutorService threads;
    private final HttpClient http;
    private final Set<URI> verified = ConcurrentHashMap.newKeySet();
    private volatile int preferred;
    private volatile @Nullable String token;

    /**
     * Connects to nobody yet.
     *
     * @param name of its threads
     * @param patience how long a call may take with one endpoint
     * @throws IOException if a file of the settings is not what it should be; its message names the file
     */
    public EtcdClient(String name, EtcdSettings settings, Duration patience) throws IOException {
        this.settings = settings;
        this.patience = patience;
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).connectTimeout(CONNECT)
                .proxy(HttpClient.Builder.NO_PROXY).executor(threads);
        if (settings.endpoints().stream().anyMatch(e -> e.getScheme().equals("https"))) {
            builder.sslContext(Tls.context(settings));
        }
        this.http = builder.build();
    }

    // ---- keys ----

    /** One key. */
    public Optional<KeyValue> get(String key) throws EtcdFailure {
        List<KeyValue> found = Wire.entries(call("kv/range", object().put("key", Wire.encode(key))));
        return found.stream().filter(e -> e.key().equals(key)).findFirst();
    }

    /** Keys as they were in one revision. */
    public record Listing(long revision, List<KeyValue> entries) {
        public Listing {
            entries = List.copyOf(entries);
        }
    }

    /** All keys that begin so, in one revision. */
    public Listing list(String prefix) throws EtcdFailure {
        List<KeyValue> all = new ArrayList<>();
        String from = prefix;
        long revision = 0;
        for (int page = 0; page < MAX_PAGES; page++) {
            ObjectNode body = object().put("key", Wire.encode(from)).put("range_end", Wire.encode(Wire.end(prefix))).put("limit", Integer.toString(PAGE));
            if (revision != 0) {
                body.put("revision", Long.toString(revision));
            }
            JsonNode answer = call("kv/range", body);
            revision = revision == 0 ? Wire.revision(answer) : revision;
            List<KeyValue> found = Wire.entries(answer);
            found.stream().filter(e -> e.key().startsWith(prefix)).forEach(all::add);
            if (!answer.path("more").asBoolean(false) || found.isEmpty()) {
                return new Listing(revision, all);
            }
            from = found.get(found.size() - 1).key() + '\0';
        }
        throw new EtcdFailure(Kind.GARBAGE, "there are more than " + PAGE * MAX_PAGES + " keys");
    }

    /** Carries out a transaction. */
    public Transaction.Outcome commit(Transaction transaction) throws EtcdFailure {
        return Wire.outcome(call("kv/txn", transaction.body()));
    }

    // ---- leases ----

    /** A new lease. @return its number */
    public long grant(Duration life) throws EtcdFailure {
        long id = Wire.number(call("lease/grant", object().put("TTL", Long.toString(life.toSeconds()))), "ID");
        if (id == 0) {
            throw new EtcdFailure(Kind.GARBAGE, "a lease without a number was granted");
        }
        return id;
    }

    /** Lets a lease live on. @throws EtcdFailure {@link Kind#NO_LEASE} if it is over */
    public void keepAlive(long lease) throws EtcdFailure {
        JsonNode result = call("lease/keepalive", object().put("ID", Long.toString(lease))).path("result");
        if (Wire.number(result, "TTL") <= 0) {
            throw new EtcdFailure(Kind.NO_LEASE, "the lease is over");
        }
    }

    /** Ends a lease, and its keys with it. */
    public void revoke(long lease) throws EtcdFailure {
        call("lease/revoke", object().put("ID", Long.toString(lease)));
    }

    // ---- watching ----

    /** Begins to watch all keys that begin so, from a revision on. The stream's read waits as long as nothing happens; close() from another thread ends it. */
    public Watch watch(String prefix, long revision) throws EtcdFailure {
        ObjectNode body = object();
        body.putObject("create_request").put("key", Wire.encode(prefix)).put("range_end", Wire.encode(Wire.end(prefix))).put("start_revision", Long.toString(revision));
        HttpResponse<InputStream> response = everywhere("watch", body, HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            try (InputStream in = response.body()) {
                throw Wire.failure(in.readNBytes(MAX_ANSWER), response.statusCode());
            } catch (IOException e) {
                throw new EtcdFailure(Kind.UNREACHABLE, "the watch ended: " + e.getMessage(), e);
            }
        }
        return new Watch(response.body());
    }

    // ---- carrying ----

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private JsonNode call(String path, ObjectNode body) throws EtcdFailure {
        try {
            return answered(path, body);
        } catch (EtcdFailure e) {
            if (e.kind() != Kind.DENIED || settings.user().isEmpty() || token == null) {
                throw e;
            }
            token = null; // it may be over
            return answered(path, body);
        }
    }

    private JsonNode answered(String path, ObjectNode body) throws EtcdFailure {
        HttpResponse<byte[]> response = everywhere(path, body, info -> new LimitedBody(MAX_ANSWER));
        if (response.statusCode() != 200) {
            throw Wire.failure(response.body(), response.statusCode());
        }
        JsonNode answer = Wire.parse(response.body());
        if (answer.has("error")) {
            throw Wire.failure(answer, 200);
        }
        return answer;
    }

    private <T> HttpResponse<T> everywhere(String path, ObjectNode body, HttpResponse.BodyHandler<T> handler) throws EtcdFailure {
        int count = settings.endpoints().size();
        int first = preferred;
        List<String> reasons = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            URI endpoint = settings.endpoints().get((first + i) % count);
            try {
                HttpResponse<T> response = send(endpoint, path, body, login(endpoint), handler);
                preferred = (first + i) % count;
                return response;
            } catch (IOException e) {
                reasons.add(endpoint + ": " + reason(e));
            }
        }
        throw new EtcdFailure(Kind.UNREACHABLE, String.join("; ", reasons));
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return e instanceof java.net.ConnectException && message == null ? "nobody listens there" : message == null ? e.getClass().getSimpleName() : message;
    }

    /** The token of the user, if there is one. */
    private @Nullable String login(URI endpoint) throws EtcdFailure, IOException {
        if (settings.user().isEmpty() || token != null) {
            return token;
        }
        String password = settings.password().isEmpty() ? "" : Files.readString(settings.password().get(), StandardCharsets.UTF_8).strip();
        HttpResponse<byte[]> response = send(endpoint, "auth/authenticate", object().put("name", settings.user().get()).put("password", password), null,
                info -> new LimitedBody(MAX_ANSWER));
        if (response.statusCode() != 200) {
            throw new EtcdFailure(Kind.DENIED, "user " + settings.user().get() + " cannot log in: " + Wire.failure(response.body(), response.statusCode()).getMessage());
        }
        String given = Wire.parse(response.body()).path("token").asText("");
        if (given.isEmpty() || !given.chars().allMatch(c -> c > 32 && c < 127)) {
            throw new EtcdFailure(Kind.GARBAGE, "the answer to a log-in has no token");
        }
        token = given;
        return given;
    }

    /** The JDK's client loses the socket of whoever answers in another protocol, so nobody who does is asked through it. */
    private void speaksHttp(URI endpoint) throws IOException {
        if (verified.contains(endpoint) || endpoint.getScheme().equals("https")) {
            return;
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort() < 0 ? 80 : endpoint.getPort()), (int) CONNECT.toMillis());
            socket.setSoTimeout((int) patience.toMillis());
            socket.getOutputStream().write(("GET /version HTTP/1.1\r\nHost: " + endpoint.getAuthority() + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            String first = new String(socket.getInputStream().readNBytes(5), StandardCharsets.ISO_8859_1);
            if (!first.equals("HTTP/")) {
                throw new IOException("what answers there is not HTTP");
            }
        }
        verified.add(endpoint);
    }

    private <T> HttpResponse<T> send(URI endpoint, String path, ObjectNode body, @Nullable String authorization, HttpResponse.BodyHandler<T> handler) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.resolve("/v3/" + path)).timeout(patience)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        speaksHttp(endpoint);
        CompletableFuture<HttpResponse<T>> sent = http.sendAsync(request.build(), handler);
        try {
            return sent.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new IOException("no answer within " + patience.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            verified.remove(endpoint);
            throw e.getCause() instanceof IOException cause ? cause : new IOException(String.valueOf(e.getCause()), e.getCause());
        }
    }

    /** Ends all connections and every thread. */
    @Override
    public void close() {
        HttpClients.end(http);
        threads.shutdownNow();
    }
}
