package dev.caisson.core.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.MediaTypes;
import dev.caisson.testkit.registry.LoopbackServer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A registry that can be told to misbehave, which no real one can. What has no handler of its own is answered properly. */
final class StubRegistry implements AutoCloseable {
    static final String NAME = "/a/app:v1";
    static final String MANIFEST = "/v2/a/app/manifests/v1";

    /** A request as it came. */
    record Asked(String method, String uri, Map<String, List<String>> headers) {
        String header(String name) {
            return headers.entrySet().stream().filter(e -> e.getKey().equalsIgnoreCase(name)).map(e -> e.getValue().get(0)).findFirst().orElse("");
        }
    }

    private final LoopbackServer server;
    private final Map<String, HttpHandler> handlers = new LinkedHashMap<>();
    final List<Asked> asked = new CopyOnWriteArrayList<>();

    StubRegistry() {
        server = new LoopbackServer(this::handle);
    }

    StubRegistry(StubImage image) {
        this();
        serve(image);
    }

    void serve(StubImage image) {
        on(MANIFEST, bytes(MediaTypes.OCI_MANIFEST, image.manifest()));
        on("/v2/a/app/manifests/" + Digest.of(image.manifest()), bytes(MediaTypes.OCI_MANIFEST, image.manifest()));
        on(blob(image.config()), bytes("application/octet-stream", image.config()));
        image.layers().forEach(l -> on(blob(l), bytes("application/octet-stream", l)));
    }

    static String blob(byte[] content) {
        return "/v2/a/app/blobs/" + Digest.of(content);
    }

    void on(String path, HttpHandler handler) {
        synchronized (handlers) {
            handlers.put(path, handler);
        }
    }

    /** As long as it has not been asked {@code times} times something else. */
    void first(int times, String path, HttpHandler until) {
        HttpHandler after;
        synchronized (handlers) {
            after = handlers.get(path);
        }
        int[] count = {0};
        on(path, exchange -> {
            boolean early;
            synchronized (count) {
                early = count[0]++ < times;
            }
            (early ? until : after).handle(exchange);
        });
    }

    static HttpHandler status(int status, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static HttpHandler bytes(String type, byte[] content) {
        return exchange -> {
            exchange.getResponseHeaders().add("Content-Type", type);
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        };
    }

    private void handle(HttpExchange exchange) throws IOException {
        asked.add(new Asked(exchange.getRequestMethod(), exchange.getRequestURI().toString(), Map.copyOf(exchange.getRequestHeaders())));
        HttpHandler handler;
        synchronized (handlers) {
            handler = handlers.getOrDefault(exchange.getRequestURI().getPath(), status(404));
        }
        try (exchange) {
            handler.handle(exchange);
        } catch (RuntimeException e) {
            throw new IOException(e); // the server ends the connection
        }
    }

    String host() {
        return "127.0.0.1:" + server.port();
    }

    /** Another origin on the same port. */
    String otherHost() {
        return "localhost:" + server.port();
    }

    String name() {
        return host() + NAME;
    }

    @Override
    public void close() {
        server.close();
    }
}
