package dev.caisson.core.registry;

import java.net.URI;
import java.net.http.HttpHeaders;

/**
 * An answer of a registry, its body still to be read; to be closed.
 *
 * @param from who gave it, after redirects
 */
record Response(int status, HttpHeaders headers, TimedBody body, URI from) implements AutoCloseable {
    /** A header's value, "" if it is not there. */
    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    /** Content-Length, -1 if it is not said. */
    long length() {
        String text = header("Content-Length");
        return !text.isEmpty() && text.length() < 19 && text.chars().allMatch(c -> c >= '0' && c <= '9') ? Long.parseLong(text) : -1;
    }

    @Override
    public void close() {
        body.close();
    }
}
