package dev.caisson.network.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.network.etcd.EtcdFailure.Kind;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Calls of etcd's v3 API (3.4 and later) through its JSON gateway. Each call has a time limit and its answer a limit of size. A connection is in the
 * network namespace of the thread that calls. Thread-safe.
 */
public final class EtcdClient implements AutoCloseable {
    private static final int MAX_ANSWER = 32 << 20;
    private static final int PAGE = 1000;
    private static final int MAX_PAGES = 100;

    private final EtcdSettings settings;
    private final Duration patience;
    private final @Nullable SSLContext tls;
    private final Set<Exchange> open = ConcurrentHashMap.newKeySet();
    private volatile int preferred;
    private volatile @Nullable String token;
    private volatile boolean closed;

    /**
     * Connects to nobody yet.
     *
     * @param patience how long a call may take with one endpoint
     * @throws IOException if a file of the settings is not what it should be; its message names the file
     */
    public EtcdClient(EtcdSettings settings, Duration patience) throws IOException {
        this.settings = settings;
        this.patience = patience;
        this.tls = settings.endpoints().stream().anyMatch(e -> e.getScheme().equals("https")) ? Tls.context(settings) : null;
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
        return everywhere("watch", body, (status, exchange) -> {
            if (status != 200) {
                throw Wire.failure(exchange.body(MAX_ANSWER), status);
            }
            return new Watch(exchange.stream(), () -> end(exchange));
        });
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
        Answer answered = everywhere(path, body, this::whole);
        if (answered.status != 200) {
            throw Wire.failure(answered.body, answered.status);
        }
        JsonNode answer = Wire.parse(answered.body);
        if (answer.has("error")) {
            throw Wire.failure(answer, 200);
        }
        return answer;
    }

    private record Answer(int status, byte[] body) {}

    private Answer whole(int status, Exchange exchange) throws IOException {
        Answer answer = new Answer(status, exchange.body(MAX_ANSWER));
        end(exchange);
        return answer;
    }

    /** What becomes of an answer whose head is there. */
    private interface Reader<T> {
        T read(int status, Exchange exchange) throws IOException, EtcdFailure;
    }

    private <T> T everywhere(String path, ObjectNode body, Reader<T> reader) throws EtcdFailure {
        int count = settings.endpoints().size();
        int first = preferred;
        List<String> reasons = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            URI endpoint = settings.endpoints().get((first + i) % count);
            try {
                T answer = send(endpoint, path, body, login(endpoint), reader);
                preferred = (first + i) % count;
                return answer;
            } catch (IOException e) {
                reasons.add(endpoint + ": " + reason(e));
            }
        }
        throw new EtcdFailure(Kind.UNREACHABLE, String.join("; ", reasons));
    }

    private String reason(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return "no answer within " + patience.toMillis() + " ms";
        }
        if (e instanceof ClosedByInterruptException) {
            return "interrupted";
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    /** The token of the user, if there is one. */
    private @Nullable String login(URI endpoint) throws EtcdFailure, IOException {
        if (settings.user().isEmpty() || token != null) {
            return token;
        }
        String password = settings.password().isEmpty() ? "" : Files.readString(settings.password().get(), StandardCharsets.UTF_8).strip();
        Answer answer = send(endpoint, "auth/authenticate", object().put("name", settings.user().get()).put("password", password), null, this::whole);
        if (answer.status != 200) {
            throw new EtcdFailure(Kind.DENIED, "user " + settings.user().get() + " cannot log in: " + Wire.failure(answer.body, answer.status).getMessage());
        }
        String given = Wire.parse(answer.body).path("token").asText("");
        if (given.isEmpty() || !given.chars().allMatch(c -> c > 32 && c < 127)) {
            throw new EtcdFailure(Kind.GARBAGE, "the answer to a log-in has no token");
        }
        token = given;
        return given;
    }

    private <T> T send(URI endpoint, String path, ObjectNode body, @Nullable String authorization, Reader<T> reader) throws IOException, EtcdFailure {
        Exchange exchange = new Exchange(patience);
        open.add(exchange);
        boolean read = false;
        try {
            if (closed) {
                throw new IOException("the client is closed");
            }
            T answer = reader.read(exchange.post(endpoint, path, body.toString(), authorization, tls), exchange);
            read = true;
            return answer;
        } finally {
            if (!read) {
                end(exchange);
            }
        }
    }

    private void end(Exchange exchange) {
        exchange.close();
        open.remove(exchange);
    }

    /** Ends all that is under way. */
    @Override
    public void close() {
        closed = true;
        open.forEach(this::end);
    }
}
