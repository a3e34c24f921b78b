package dev.caisson.core.registry;

import java.util.regex.Pattern;

/** Hosts that are this machine, told by name alone: nothing is looked up. */
final class Loopback {
    private static final Pattern IPV4 = Pattern.compile("127(\\.\\d{1,3}){3}");

    private Loopback() {}

    /** @param host without port; IPv6 with or without brackets */
    static boolean is(String host) {
        return host.equals("localhost") || host.endsWith(".localhost") || host.equals("[::1]") || host.equals("::1") || IPV4.matcher(host).matches();
    }
}
