package dev.caisson.network.egress;

import dev.caisson.Egress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** An {@link Egress} as it is asked. Pure. */
final class Policy {
    static final int TCP = 6;
    static final int UDP = 17;
    private static final String HOST = "host.docker.internal";
    private static final int HTTPS_RECORD = 65;
    private static final int SVCB_RECORD = 64;
    private static final int NOERROR = 0;
    private static final int NXDOMAIN = 3;

    /** Addresses and ports; port 0 for all, protocol 0 for all. */
    record Opening(Net net, int first, int last, int protocol) {
        boolean covers(byte[] address, int port, int used) {
            return net.contains(address) && (protocol == 0 || protocol == used) && (first == 0 || port >= first && port <= last);
        }
    }

    private final List<Opening> allowed = new ArrayList<>();
    private final List<Opening> denied = new ArrayList<>();
    private final List<Egress.Rule> said = new ArrayList<>();
    private final List<Egress.Rule> byAddress = new ArrayList<>();
    private final List<String> resolved;

    private final Egress egress;

    /** @param host the address at which containers reach the host */
    Policy(Egress egress, byte[] host) {
        this.egress = egress;
        for (Egress.Rule rule : egress.allowed()) {
            if (!rule.isName()) {
                allowed.add(opening(Net.of(rule.host()), rule));
            } else if (rule.host().equals(HOST)) {
                allowed.add(opening(Net.host(host), rule));
            } else {
                (rule.byAddress() ? byAddress : said).add(rule);
            }
        }
        egress.denied().forEach(r -> denied.add(opening(Net.of(r.host()), r)));
        resolved = egress.resolved();
    }

    private static Opening opening(Net net, Egress.Rule rule) {
        return new Opening(net, rule.firstPort(), rule.lastPort(), rule.protocol().equals(Egress.TCP) ? TCP : rule.protocol().equals(Egress.UDP) ? UDP : 0);
    }

    /** Whether this is what it says. */
    boolean of(Egress other) {
        return egress.equals(other);
    }

    List<Opening> allowed() {
        return allowed;
    }

    List<Opening> denied() {
        return denied;
    }

    /** The TCP ports on which a name has to be said. */
    List<Integer> ports() {
        return said.stream().map(Egress.Rule::firstPort).distinct().toList();
    }

    /** Whether a name may be reached on a TCP port if it is said there. */
    boolean names(String name, int port) {
        return said.stream().anyMatch(r -> r.firstPort() == port && matches(r.host(), name));
    }

    /** What is opened at the addresses of a name. */
    List<Egress.Rule> openings(String name) {
        return byAddress.stream().filter(r -> matches(r.host(), name)).toList();
    }

    /** The code that a question about a name outside is answered with instead of being asked on; empty if it may be asked. */
    OptionalInt refuses(String name, int type) {
        boolean known = resolved.stream().anyMatch(r -> r.equals("*") || matches(r, name)) || said.stream().anyMatch(r -> matches(r.host(), name)) || !openings(name).isEmpty();
        if (!known) {
            return OptionalInt.of(NXDOMAIN);
        }
        return type == HTTPS_RECORD || type == SVCB_RECORD ? OptionalInt.of(NOERROR) : OptionalInt.empty(); // with their keys a greeting could hide whom it means (ECH)
    }

    /** Why a name may not lead to an address; empty if it may. */
    Optional<String> barred(byte[] address, int port, int protocol) {
        if (!Net.somewhere(address)) {
            return Optional.of("it leads to " + Net.text(address) + ", which is no host outside");
        }
        if (denied.stream().anyMatch(d -> d.covers(address, port, protocol))) {
            return Optional.of("it leads to " + Net.text(address) + ", which is denied");
        }
        boolean metadata = Net.METADATA.stream().anyMatch(m -> m.contains(address));
        boolean meant = metadata && allowed.stream().anyMatch(a -> Net.METADATA.stream().anyMatch(a.net::within) && a.covers(address, port, protocol));
        return metadata && !meant ? Optional.of("it leads to the metadata address " + Net.text(address)) : Optional.empty();
    }

    /** @param pattern a name, or {@code *.} and one */
    static boolean matches(String pattern, String name) {
        return pattern.startsWith("*.") ? name.endsWith(pattern.substring(1)) && name.length() > pattern.length() - 1 : name.equals(pattern);
    }
}
