package dev.caisson;

import java.util.List;
import java.util.function.Consumer;

/**
 * What a container may reach outside its own networks: a value, made by {@link EgressBuilder}. What no rule allows is refused.
 *
 * @param open whether there is no policy at all, as with docker; the lists are empty then
 * @param allowed what may be reached
 * @param denied addresses that may not, whatever is allowed; each with a network as its host
 * @param resolved names that are answered though no rule is about them
 */
public record Egress(boolean open, List<Rule> allowed, List<Rule> denied, List<String> resolved) {
    /** No policy. */
    public static final Egress OPEN = new Egress(true, List.of(), List.of(), List.of());
    /** TCP, UDP, or, where it is empty, whatever is carried over IP. */
    public static final String TCP = "tcp";
    /** See {@link #TCP}. */
    public static final String UDP = "udp";

    /** The lists are copied. */
    public Egress {
        allowed = List.copyOf(allowed);
        denied = List.copyOf(denied);
        resolved = List.copyOf(resolved);
    }

    /**
     * What a builder says.
     *
     * @param policy is given a builder that allows nothing
     * @return a policy, never {@link #OPEN}
     * @throws InvalidSpec if a rule is wrong
     */
    public static Egress of(Consumer<EgressBuilder> policy) {
        EgressBuilder builder = new EgressBuilder();
        policy.accept(builder);
        return builder.value();
    }

    /**
     * One destination.
     *
     * @param host a network as {@code 10.0.0.0/8}, a name in lower case, or {@code *.} and a name for all below it
     * @param firstPort 1 to 65535; 0 for every port
     * @param lastPort the same or a higher one
     * @param protocol {@link #TCP}, {@link #UDP}, or "" for every protocol
     * @param byAddress of a name: whether its addresses are opened, whatever is spoken there; else what is said on each connection has to name it
     */
    public record Rule(String host, int firstPort, int lastPort, String protocol, boolean byAddress) {
        /** {@return whether the host is a name} */
        public boolean isName() {
            return host.indexOf('/') < 0;
        }

        /** As {@link EgressBuilder#allow} reads it. */
        @Override
        public String toString() {
            String ports = firstPort == 0 ? "" : ":" + firstPort + (lastPort == firstPort ? "" : "-" + lastPort);
            String where = isName() || ports.isEmpty() || host.indexOf(':') < 0 ? host : "[" + host + "]";
            return where + ports + (protocol.equals(UDP) ? "/udp" : "");
        }
    }

    /** For people: {@code repo.example.org:443, 10.0.0.0/8:5432 and nothing else}. */
    @Override
    public String toString() {
        if (open) {
            return "anything";
        }
        String list = String.join(", ", allowed.stream().map(r -> r.byAddress ? r + " (by address)" : r.toString()).toList());
        String never = denied.isEmpty() ? "" : ", never " + String.join(", ", denied.stream().map(Rule::toString).toList());
        return (list.isEmpty() ? "nothing" : list + " and nothing else") + never;
    }
}
