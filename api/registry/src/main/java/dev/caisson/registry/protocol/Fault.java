package dev.caisson.registry.protocol;

import java.util.Map;

/** A request that is answered with an error. */
public final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;
    private final int status;
    private final transient Map<String, String> headers;

    /** @param headers of the answer */
    public Fault(Code code, int status, String message, Map<String, String> headers) {
        super(message, null, false, false);
        this.code = code;
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    public Fault(Code code, int status, String message) {
        this(code, status, message, Map.of());
    }

    public Fault(Code code, String message) {
        this(code, code.status(), message);
    }

    public Code code() {
        return code;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** Of the answer. */
    public Map<String, String> headers() {
        return headers;
    }
}
