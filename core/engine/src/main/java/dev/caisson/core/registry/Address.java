package dev.caisson.core.registry;

import java.net.URI;

/** What an address must have so that a request can be made to it; whoever wrote it may be a stranger. */
final class Address {
    private static final int LAST_PORT = 65_535;

    private Address() {
    }

    /** An address of http or https with a host's name and a port there can be. */
    static boolean usable(URI uri) {
        return uri.getHost() != null && uri.getPort() <= LAST_PORT && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    }
}
