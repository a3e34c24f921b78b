package dev.caisson.core.spec;

import dev.caisson.ContainerSpec;
import java.util.List;
import java.util.stream.Collectors;

/** The three files docker binds into every container. */
public record EtcFiles(String hostname, String hosts, String resolvConf) {
    private static final String LOCALHOST = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
            + "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    /**
     * What is reached from inside, and from where.
     *
     * @param addresses its own, with prefix length
     * @param nameservers whom it asks for names; empty for the host's
     * @param hostGateway the host's address as seen from there; "" for none
     */
    public record Reach(List<String> addresses, List<String> nameservers, String hostGateway) {
        /** Nothing. */
        public static final Reach NOTHING = new Reach(List.of(), List.of(), "");
    }

    /**
     * @param hostNetwork whether the container shares the host's network, and so its name resolution
     * @param hostHosts the host's /etc/hosts
     * @param hostResolvConf the host's /etc/resolv.conf
     */
    public static EtcFiles of(ContainerSpec.Identity identity, String hostname, boolean hostNetwork, String hostHosts, String hostResolvConf, Reach reach) {
        String extra = identity.extraHosts().entrySet().stream().map(e -> e.getValue().replace("host-gateway", reach.hostGateway) + "\t" + e.getKey() + "\n")
                .collect(Collectors.joining());
        String own = reach.addresses.stream().map(a -> a.replaceFirst("/.*", "") + "\t" + hostname + "\n").collect(Collectors.joining());
        return new EtcFiles(hostname + "\n", (hostNetwork ? terminated(hostHosts) : LOCALHOST) + extra + own, reach.nameservers.isEmpty()
                ? resolvConf(identity, reach.addresses.isEmpty() ? hostResolvConf : reachable(hostResolvConf)) : resolvConf(identity, hostResolvConf, reach.nameservers));
    }

    /** Of a container that asks the engine, which asks on. A resolver on its own loopback it asks itself. */
    private static String resolvConf(ContainerSpec.Identity identity, String host, List<String> nameservers) {
        StringBuilder text = new StringBuilder();
        replace(text, "nameserver", identity.dns().stream().anyMatch(EtcFiles::loopback) ? identity.dns() : nameservers, host, false);
        replace(text, "search", identity.dnsSearch(), host, true);
        replace(text, "options", identity.dnsOptions(), host, true);
        if (identity.dnsSearch().isEmpty() && !text.toString().contains("ndots:")) {
            text.append("options ndots:0\n"); // as docker: a container's name is asked for as it is before it is looked for in the host's domains
        }
        return text.toString();
    }

    private static boolean loopback(String address) {
        return address.startsWith("127.") || address.equals("::1");
    }

    /** Without resolvers on the host's loopback: inside, that is the container's own. */
    private static String reachable(String resolvConf) {
        return resolvConf.lines().filter(l -> !l.matches("\\s*nameserver\\s+(127\\.|::1).*")).map(l -> l + "\n").collect(Collectors.joining());
    }

    private static String terminated(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    private static String resolvConf(ContainerSpec.Identity identity, String host) {
        if (identity.dns().isEmpty() && identity.dnsSearch().isEmpty() && identity.dnsOptions().isEmpty()) {
            return host;
        }
        StringBuilder text = new StringBuilder();
        replace(text, "nameserver", identity.dns(), host, false);
        replace(text, "search", identity.dnsSearch(), host, true);
        replace(text, "options", identity.dnsOptions(), host, true);
        return text.toString();
    }

    /** Lines of one kind: those given, or else the host's. A search of "." means none. */
    private static void replace(StringBuilder text, String keyword, List<String> given, String host, boolean oneLine) {
        if (given.isEmpty()) {
            host.lines().filter(l -> l.startsWith(keyword + " ") || l.startsWith(keyword + "\t")).forEach(l -> text.append(l).append('\n'));
        } else if (oneLine) {
            if (!given.equals(List.of("."))) {
                text.append(keyword).append(' ').append(String.join(" ", given)).append('\n');
            }
        } else {
            given.forEach(g -> text.append(keyword).append(' ').append(g).append('\n'));
        }
    }
}
