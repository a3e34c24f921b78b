package dev.caisson.registry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.registry.http.Exchange;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Query;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** One request and its answer. */
final class Call {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:\\[\\]-]{1,255}");
    private static final int BUFFER = 64 << 10;
    /** Most bytes of a body nobody wants that are read all the same. */
    private static final long PASSED_OVER = 16 << 20;

    private final Exchange exchange;
    private final String scheme;
    private final String ownHost;
    private final Map<String, String> headers = new LinkedHashMap<>();

    Call(Exchange exchange, String scheme, String ownHost) {
        this.exchange = exchange;
        this.scheme = scheme;
        this.ownHost = ownHost;
    }

    String method() {
        return exchange.method();
    }

    boolean reads() {
        return method().equals("GET") || method().equals("HEAD");
    }

    String path() {
        return exchange.path();
    }

    Query query() {
        return Query.parse(exchange.query());
    }

    /** The only value of a header, "" if it is not there. @throws Fault if there are several: which one counts, others may see otherwise */
    String header(String name) {
        List<String> all = exchange.headers(name);
        if (all.size() > 1) {
            throw new Fault(Code.UNSUPPORTED, 400, "more than one " + name);
        }
        return all.isEmpty() ? "" : all.get(0);
    }

    /**
     * This registry's address as the client calls it, so that a token's realm is where it came from. A proxy in front may speak TLS for it, and says so; a client that says
     * so itself is sent away from nobody but itself.
     */
    String base() {
        String host = header("Host");
        List<String> forwarded = exchange.headers("X-Forwarded-Proto");
        String spoken = forwarded.size() == 1 && forwarded.get(0).equalsIgnoreCase("https") ? "https" : scheme;
        return spoken + "://" + (HOST.matcher(host).matches() ? host : ownHost);
    }

    InputStream body() {
        return exchange.body();
    }

    /** All of the body. @throws Fault if it has more bytes than that */
    byte[] body(int limit) throws IOException {
        byte[] all = exchange.body().readNBytes(limit + 1);
        if (all.length > limit) {
            throw new Fault(Code.SIZE_INVALID, 413, "at most " + limit + " bytes are taken here");
        }
        return all;
    }

    void set(String header, String value) {
        headers.put(header, value);
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
        exchange.passOver(PASSED_OVER);
        OutputStream out = exchange.answer(status, headers, length);
        if (!method().equals("HEAD") && status != 204) {
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
    }

    /** Says what is wrong, unless an answer has begun. */
    void fail(Fault fault) throws IOException {
        if (exchange.answered()) {
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
