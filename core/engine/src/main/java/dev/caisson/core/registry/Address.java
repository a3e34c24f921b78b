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

    /** The port of a usable address, also where it says none. */
    static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    }

    /**
     * What a text means that was found at an address. RFC 3986, 5.2.2 keeps the path for a query alone, of which the JDK makes a name beside it.
     *
     * @throws IllegalArgumentException if it is no URI
     */
    static URI resolved(URI at, String text) {
        return at.resolve(text.startsWith("?") ? at.getRawPath() + text : text);
    }
}
