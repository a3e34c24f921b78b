package dev.caisson.network.egress;

import java.util.Locale;
import java.util.regex.Pattern;

/** What a client says first, as far as it has been read. */
sealed interface Greeting {
    /** More has to be read. */
    record Unfinished() implements Greeting {}

    /** @param name in lower case */
    record Tls(String name) implements Greeting {}

    /** A request that means a name; see {@link Request}. */
    record Http(Request request) implements Greeting {}

    /** A tunnel that is asked for. @param length of the request, after which the tunnel begins */
    record Connect(String name, int port, int length) implements Greeting {}

    /** @param protocol as far as it is known: tls, http or tcp; @param name as far as it is known, else "" */
    record Bad(String protocol, String name, String reason) implements Greeting {}

    /** How much is read before it is given up. */
    int MOST = 16 * 1024;
    /** Nothing else can be a name, and nothing else is written to events. */
    Pattern NAME = Pattern.compile("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63}){0,30}");

    /** Reads the beginning of a connection. Whatever it is, it is one of these. */
    static Greeting read(byte[] bytes, int length) {
        if (length == 0) {
            return new Unfinished();
        }
        if (bytes[0] == ClientHello.HANDSHAKE) {
            return ClientHello.read(bytes, length);
        }
        if (bytes[0] >= 'A' && bytes[0] <= 'Z') {
            return Request.read(bytes, length);
        }
        return new Bad("tcp", "", "it begins with neither TLS nor HTTP, so no name is said");
    }

    /** In lower case and without a dot at its end; "" if it is none. */
    static String name(String said) {
        String name = said.toLowerCase(Locale.ROOT);
        name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return name.length() <= 253 && NAME.matcher(name).matches() ? name : "";
    }
}
