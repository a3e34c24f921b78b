package dev.caisson.registry.http;

import java.io.IOException;

/** What came is no request; it is answered with a status, and the connection ends, as nobody knows where the next one would begin. */
public final class BadRequest extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    BadRequest(int status, String message) {
        super(message);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
