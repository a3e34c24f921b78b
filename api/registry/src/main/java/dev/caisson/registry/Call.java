package dev.caisson.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Query;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.regex.Pattern;

/** One request and its answer. */
final class Call {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:\\[\\]-]{1,255}");
    private static final int BUFFER = 64 << 10;
    /** Unread bytes of a body, after which an error's reader would see a reset connection instead. */
    private static final long PASSED_OVER = 16 << 20;

    private final HttpExchange exchange;
    private final Pace pace;
    private final String scheme;
    private final String ownHost;
    private final InputStream body;
    private boolean answered;

    Call(HttpExchange exchange, Pace pace, String scheme, String ownHost) {
        this.exchange = exchange;
        this.pace = pace;
        this.scheme = scheme;
        this.ownHost = ownHost;
        this.body = pace.reading(exchange.getRequestBody());
    }

    String method() {
        return exchange.getRequestMethod();
    }

    boolean reads() {
        return method().equals("GET") || method().equals("HEAD");
    }

    String path() {
        return exchange.getRequestURI().getRawPath();
    }

    Query query() {
        return Query.parse(exchange.getRequestURI().getRawQuery());
    }

    /** The only value of a header, "" if it is not there. @throws Fault if there are several: which one counts, others may see otherwise */
    String header(String name) {
        List<String> all = exchange.getRequestHeaders().getOrDefault(name, List.of());
        if (all.size() > 1) {
            throw new Fault(Code.UNSUPPORTED, 400, "more than one " + name);
        }
        return all.isEmpty() ? "" : all.get(0).strip();
    }

    /** This registry's address as the client calls it, so that a token's realm is where it came from. */
    String base() {
        String host = header("Host");
        return scheme + "://" + (HOST.matcher(host).matches() ? host : ownHost);
    }

    InputStream body() {
        return body;
    }

    /** All of the body. @throws Fault if it has more bytes than that */
    byte[] body(int limit) throws IOException {
        byte[] all = body.readNBytes(limit + 1);
        if (all.length > limit) {
            throw new Fault(Code.SIZE_INVALID, 413, "at most " + limit + " bytes are taken here");
        }
        return all;
    }

    void set(String header, String value) {
        exchange.getResponseHeaders().set(header, value);
    }

    void digest(Digest digest) {
        set("Docker-Content-Digest", digest.toString());
    }

    /** An answer without a body. */
    void answer(int status) throws IOException {
        answer(status, new ByteArrayInputStream(new byte[0]), 0);
    }

    void answer(int status, String contentType, byte[] content) throws IOException {
        set("Content-Type", contentType);
        answer(status, new ByteArrayInputStream(content), content.length);
    }

    /** The answer. To HEAD only its head. */
    void answer(int status, InputStream content, long length) throws IOException {
        passOver();
        answered = true;
        boolean bare = method().equals("HEAD") || status == 204 || status == 304;
        if (method().equals("HEAD")) {
            set("Content-Length", Long.toString(length));
        }
        pace.renew();
        OutputStream out;
        pace.enter();
        try {
            exchange.sendResponseHeaders(status, bare || length == 0 ? -1 : length);
            out = pace.writing(exchange.getResponseBody());
        } finally {
            pace.leave(0);
        }
        if (!bare) {
            copy(content, out, length);
        }
    }

    private static void copy(InputStream content, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[(int) Math.min(BUFFER, Math.max(1, length))];
        for (long left = length; left > 0;) {
            int n = content.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) {
                throw new IOException("a file has fewer bytes than it had");
            }
            out.write(buffer, 0, n);
            left -= n;
        }
        out.flush();
    }

    /** A client that still sends when the connection is closed does not read the answer. */
    private void passOver() throws IOException {
        byte[] buffer = new byte[BUFFER];
        long passed = 0;
        for (int n = 0; n >= 0 && passed < PASSED_OVER; n = body.read(buffer)) {
            passed += n;
        }
    }

    /** Says what is wrong, unless an answer has begun. */
    void fail(Fault fault) throws IOException {
        if (answered) {
            return;
        }
        fault.headers().forEach(this::set);
        ObjectNode error = JSON.createObjectNode();
        error.putArray("errors").addObject().put("code", fault.code().name()).put("message", String.valueOf(fault.getMessage()));
        answer(fault.status(), "application/json", JSON.writeValueAsBytes(error));
    }

    void json(int status, ObjectNode content) throws IOException {
        answer(status, "application/json", JSON.writeValueAsBytes(content));
    }

    /** To be thrown. */
    Fault notAllowed() {
        return new Fault(Code.UNSUPPORTED, method().replaceAll("[^A-Z]", "?") + " means nothing here");
    }
}
