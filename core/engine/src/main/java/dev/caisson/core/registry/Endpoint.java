package dev.caisson.core.registry;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One server that speaks the distribution protocol.
 *
 * @param host as people call the registry
 * @param base its address, without the path
 * @param client with its certificates and proxies
 * @param authorizer who we are to it
 * @param chunk most bytes of a request of a push
 */
record Endpoint(String host, URI base, Client client, Authorizer authorizer, long chunk) {
    static Endpoint of(String host, URI base, Client client, Duration patience, Supplier<Optional<Credentials>> credentials) {
        return new Endpoint(host, base, client, new Authorizer(host, base, client, patience, credentials), Long.MAX_VALUE);
    }

    /** The same with the chunks of a push. @param bytes most of one; 0 for any number */
    Endpoint chunks(long bytes) {
        return bytes == 0 ? this : new Endpoint(host, base, client, authorizer, bytes);
    }

    /** @param path from {@code /v2/} on */
    URI uri(String path) {
        return URI.create(base.toString().replaceFirst("/+$", "") + path);
    }

    /** Whether what is sent can be read on the way. */
    boolean plain() {
        return base.getScheme().equals("http");
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
