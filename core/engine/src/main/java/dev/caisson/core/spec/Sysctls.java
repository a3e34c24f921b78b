package dev.caisson.core.spec;

import java.util.Map;
import java.util.TreeMap;

/** Namespaced kernel parameters, as paths below /proc/sys. */
public final class Sysctls {
    private Sysctls() {}

    /**
     * The caller's on top of docker's two defaults for a network namespace of the container's own: any user may bind low ports and ping.
     *
     * @param ownNetwork whether the container has its own network namespace
     * @param ownUsers whether it has a user namespace of its own, where the groups of the second default are not all mapped (docker leaves it out then, too)
     */
    public static Map<String, String> of(Map<String, String> given, boolean ownNetwork, boolean ownUsers) {
        Map<String, String> all = new TreeMap<>();
        if (ownNetwork) {
            all.put("net/ipv4/ip_unprivileged_port_start", "0");
            if (!ownUsers) {
                all.put("net/ipv4/ping_group_range", "0 2147483647");
            }
        }
        given.forEach((key, value) -> all.put(path(key), value));
        return all;
    }

    /** {@code net.ipv4.conf.eth0/1.forwarding} has its dots and slashes exchanged where the first separator is a dot (sysctl(8)). */
    static String path(String key) {
        int dot = key.indexOf('.');
        int slash = key.indexOf('/');
        if (slash >= 0 && (dot < 0 || slash < dot)) {
            return key;
        }
        StringBuilder path = new StringBuilder(key.length());
        key.chars().forEach(c -> path.append(c == '.' ? '/' : c == '/' ? '.' : (char) c));
        return path.toString();
    }
}
