package dev.caisson.registry.http;

import java.io.IOException;

/** Answers requests, many at once. */
@FunctionalInterface
public interface Handler {
    /** Answers one. @throws IOException if nobody is there to be answered; the connection ends then */
    void handle(Exchange exchange) throws IOException;
}
