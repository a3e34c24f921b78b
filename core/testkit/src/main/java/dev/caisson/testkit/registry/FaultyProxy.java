package dev.caisson.testkit.registry;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A way to a registry that works, counts, and fails as it is told: what is asked of it is asked of the registry, and the answer is the registry's unless a fault says
 * otherwise. For what only reads (GET, HEAD).
 */
public final class FaultyProxy implements AutoCloseable {
    private static final List<String> PASSED_ON = List.of("Accept", "Authorization", "Range");
    private static final List<String> PASSED_BACK = List.of("Content-Type", "Content-Range", "Docker-Content-Digest", "WWW-Authenticate", "Location", "Docker-Distribution-Api-Version");
    private static final long PATIENCE = 120;

    /**
     * A request, and what became of it.
     *
     * @param range as it was asked for, "" for none
     * @param status as the proxy answered
     * @param sent bytes of the body that the registry was asked for and the proxy has sent on
     */
    public record Asked(String path, String range, int status, AtomicLong sent) {}

    /**
     * What goes wrong with one answer.
     *
     * @param status the proxy's own answer; 0 for the registry's
     * @param ranges whether the registry hears of a range
     * @param after bytes of the body after which the connection breaks; with a gate, after which nothing comes until that is open
     */
    public record Fault(int status, boolean ranges, long after, @Nullable CountDownLatch gate) {
        /** An answer without the registry. */
        public static Fault status(int status) {
            return new Fault(status, true, Long.MAX_VALUE, null);
        }

        /** A server that knows no ranges. */
        public static Fault whole() {
            return new Fault(0, false, Long.MAX_VALUE, null);
        }

        /** The connection breaks. */
        public static Fault broken(long after) {
            return new Fault(0, true, after, null);
        }

        /** Stands still. */
        public static Fault held(long after, CountDownLatch gate) {
            return new Fault(0, true, after, gate);
        }
    }

    private static final Fault NONE = new Fault(0, true, Long.MAX_VALUE, null);

    private final String registry;
    private final LoopbackServer server;
    private final Map<String, Deque<Fault>> next = new HashMap<>();
    private final Map<String, Fault> ofRanges = new HashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** @param registry HOST:PORT without TLS */
    public FaultyProxy(String registry) {
        this.registry = registry;
        server = new LoopbackServer(this::handle);
    }

    /** As in references. */
    public String host() {
        return "127.0.0.1:" + server.port();
    }

    /** What goes wrong with the next answers of a blob, one after the other. @param digest the blob's */
    public void next(String digest, Fault... faults) {
        synchronized (next) {
            next.computeIfAbsent(digest, d -> new ArrayDeque<>()).addAll(List.of(faults));
        }
    }

    /** What goes wrong with every answer for a part of a blob. @param digest the blob's */
    public void ranges(String digest, Fault fault) {
        synchronized (next) {
            ofRanges.put(digest, fault);
        }
    }

    /** What was asked of a blob so far. @param digest the blob's */
    public List<Asked> asked(String digest) {
        return asked.stream().filter(a -> a.path().endsWith("/blobs/" + digest)).toList();
    }

    private Fault fault(String digest, boolean range) {
        synchronized (next) {
            Deque<Fault> waiting = next.get(digest);
            Fault first = waiting == null ? null : waiting.poll();
            return first != null ? first : range ? ofRanges.getOrDefault(digest, NONE) : NONE;
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        Fault fault = fault(path.substring(path.lastIndexOf('/') + 1), range != null);
        try (exchange) {
            if (fault.status() > 0) {
                asked.add(new Asked(path, range == null ? "" : range, fault.status(), new AtomicLong()));
                exchange.getResponseHeaders().add("Retry-After", "0");
                exchange.sendResponseHeaders(fault.status(), -1);
                return;
            }
            HttpURLConnection there = (HttpURLConnection) URI.create("http://" + registry + exchange.getRequestURI()).toURL().openConnection();
            there.setInstanceFollowRedirects(false);
            there.setRequestMethod(exchange.getRequestMethod());
            for (String name : PASSED_ON) {
                String value = exchange.getRequestHeaders().getFirst(name);
                if (value != null && (fault.ranges() || !name.equals("Range"))) {
                    there.setRequestProperty(name, value);
                }
            }
            int status = there.getResponseCode();
            Asked one = new Asked(path, range == null ? "" : range, status, new AtomicLong());
            asked.add(one);
            answer(exchange, there, fault, one);
        }
    }

    private static void answer(HttpExchange exchange, HttpURLConnection there, Fault fault, Asked one) throws IOException {
        for (String name : PASSED_BACK) {
            String value = there.getHeaderField(name);
            if (value != null) {
                exchange.getResponseHeaders().add(name, value);
            }
        }
        long length = there.getContentLengthLong();
        InputStream body = one.status() >= 400 ? there.getErrorStream() : there.getInputStream();
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(one.status(), head || length == 0 || body == null ? -1 : Math.max(0, length));
        if (head || length == 0 || body == null) {
            return;
        }
        try (body) {
            send(body, exchange.getResponseBody(), fault, one.sent());
        }
    }

    private static void send(InputStream from, OutputStream to, Fault fault, AtomicLong sent) throws IOException {
        byte[] buffer = new byte[16 << 10];
        while (true) {
            if (sent.get() == fault.after()) {
                to.flush();
                if (fault.gate() == null) {
                    throw new IOException("the fault: the connection breaks");
                }
                await(fault.gate());
            }
            long most = sent.get() < fault.after() ? fault.after() - sent.get() : Long.MAX_VALUE;
            int n = from.read(buffer, 0, (int) Math.min(buffer.length, most));
            if (n < 0) {
                return;
            }
            to.write(buffer, 0, n);
            sent.addAndGet(n);
        }
    }

    private static void await(CountDownLatch gate) throws IOException {
        try {
            if (!gate.await(PATIENCE, TimeUnit.SECONDS)) {
                throw new IOException("nobody opened the gate");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
