package dev.caisson;

import dev.caisson.spi.Given;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects an {@link Egress}. Everything that is not allowed is refused, in whatever order the calls are made. */
public final class EgressBuilder {
    private static final List<String> EVERYWHERE = List.of("0.0.0.0/0", "::/0");

    private final Set<Egress.Rule> allowed = new LinkedHashSet<>();
    private final Set<Egress.Rule> denied = new LinkedHashSet<>();
    private final Set<String> resolved = new LinkedHashSet<>();

    EgressBuilder() {}

    /**
     * Allows one destination.
     * <ul>
     * <li>{@code repo.example.org:443}: a name, and TLS (whose SNI is this name) or HTTP/1 (whose Host is this name) on that TCP port. Without a port: 80 and 443.
     * <li>{@code *.example.org:443}: every name below it, not itself.
     * <li>{@code 10.0.0.0/8:5432}, {@code 192.0.2.7:8000-8010}, {@code [2001:db8::/32]:443}, {@code 10.0.0.53:123/udp}: addresses, whatever is spoken there. TCP if
     * nothing is said behind the port; without a port all of IP.
     * <li>{@code host.docker.internal:8080}: the host.
     * </ul>
     * Link-local and metadata addresses (169.254.0.0/16, fe80::/10, fd00:ec2::254, 100.100.100.200) are open only to a rule that lies within them.
     *
     * @param destination a name or a network, and as a rule a port or a range of ports
     * @return this builder
     * @throws InvalidSpec if it is not like that
     */
    public EgressBuilder allow(String destination) {
        Given.one(destination);
        allowed.addAll(EgressText.rules("allow", destination, false));
        return this;
    }

    /**
     * Allows a port of a name for protocols that do not say whom they mean, such as ssh or PostgreSQL's: {@code git.example.org:22}, {@code time.example.org:123/udp}. Opens the
     * addresses that the engine's resolver answers with, as long as they are valid: whoever shares one of them is reachable there too.
     *
     * @param destination {@code name:port}, {@code name:port/udp}
     * @return this builder
     * @throws InvalidSpec if it is not a name with a port
     */
    public EgressBuilder allowByAddress(String destination) {
        Given.one(destination);
        allowed.addAll(EgressText.rules("allowByAddress", destination, true));
        return this;
    }

    /**
     * Allows all addresses and names but the metadata addresses; what {@link #deny} names stays refused.
     *
     * @return this builder
     */
    public EgressBuilder allowAll() {
        EVERYWHERE.forEach(this::allow);
        resolved.add("*");
        return this;
    }

    /**
     * Refuses addresses whatever is allowed, also to connections that a name allows: {@code 10.0.0.0/8}, {@code 10.0.0.0/8:22}.
     *
     * @param network an address or a network in CIDR, with a port if only that is meant
     * @return this builder
     * @throws InvalidSpec if it is not a network
     */
    public EgressBuilder deny(String network) {
        Given.one(network);
        denied.addAll(EgressText.networks("deny", network));
        return this;
    }

    /**
     * Has the resolver answer a name (or {@code *.} and a name) whose addresses are allowed by their numbers. Names of allowed destinations are answered anyway.
     *
     * @param name {@code db.corp} or {@code *.corp}
     * @return this builder
     * @throws InvalidSpec if it is no name
     */
    public EgressBuilder resolve(String name) {
        Given.one(name);
        resolved.add(EgressText.name("resolve", name));
        return this;
    }

    /**
     * Says that nothing else is allowed, which holds anyway.
     *
     * @return this builder
     */
    public EgressBuilder denyAll() {
        return this;
    }

    Egress value() {
        return new Egress(false, new ArrayList<>(allowed), new ArrayList<>(denied), new ArrayList<>(resolved));
    }
}
