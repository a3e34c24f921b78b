package dev.caisson.core.registry;

import dev.caisson.Stage;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What is asked of a registry.
 *
 * @param stage whose errors are told
 * @param method GET, HEAD, POST, PUT, DELETE
 * @param scope what a token must allow: {@code repository:NAME:pull}
 * @param body made anew for every try
 * @param bytes of the body
 */
record Ask(Stage stage, String method, String scope, Map<String, String> headers, Supplier<BodyPublisher> body, long bytes) {
    /** A sender slower than this is taken for one that stands still. */
    private static final long SLOWEST = 64 << 10;

    static Ask get(String scope, Map<String, String> headers) {
        return new Ask(Stage.PULL, "GET", scope, headers, BodyPublishers::noBody, 0);
    }

    static Ask delete(String scope) {
        return new Ask(Stage.PUSH, "DELETE", scope, Map.of(), BodyPublishers::noBody, 0);
    }

    static Ask push(String method, String scope, Map<String, String> headers) {
        return new Ask(Stage.PUSH, method, scope, headers, BodyPublishers::noBody, 0);
    }

    static Ask push(String method, String scope, Map<String, String> headers, Supplier<BodyPublisher> body, long bytes) {
        return new Ask(Stage.PUSH, method, scope, headers, body, bytes);
    }

    /** Whether a redirect may be followed by the same request: RFC 9110, 15.4 lets 301, 302 and 303 make a GET of a POST. */
    boolean follows(int status) {
        boolean reads = method.equals("GET") || method.equals("HEAD");
        return status == 307 || status == 308 || reads && (status == 301 || status == 302 || status == 303);
    }

    /** The longest wait for the answer, which comes after the body. */
    Duration patience(Duration usual) {
        return usual.plusSeconds(bytes / SLOWEST);
    }
}
