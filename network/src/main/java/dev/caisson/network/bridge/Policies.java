package dev.caisson.network.bridge;

import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.egress.ContainerPolicy;
import dev.caisson.network.egress.EgressControl;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.resolver.Resolver;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.spi.network.AttachRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The egress policies of the containers of one driver. What holds them to it is made with the first of them. */
final class Policies implements AutoCloseable {
    private final String engineId;
    private final BridgeNetworks networks;
    private final Supplier<Resolver> resolver;
    private final Map<String, ContainerPolicy> byContainer = new ConcurrentHashMap<>();
    private @Nullable EgressControl control;
    private boolean closed;

    Policies(String engineId, BridgeNetworks networks, Supplier<Resolver> resolver) {
        this.engineId = engineId;
        this.networks = networks;
        this.resolver = resolver;
    }

    Optional<ContainerPolicy> of(String container) {
        return Optional.ofNullable(byContainer.get(container));
    }

    /** An endpoint that is not connected yet is held to the policy of the request, if it has one. */
    void begin(Router via, Endpoint endpoint, AttachRequest request) {
        if (!request.egress().open()) {
            hold(via, endpoint, request.egress(), request.attempts());
        }
    }

    /** An endpoint is held to a policy from now on, and so is its container on its other networks. */
    void hold(Router via, Endpoint endpoint, Egress egress, Consumer<EgressAttempt> attempts) {
        try {
            via.letAnswersIn();
            byContainer.put(endpoint.container(), control(via).hold(endpoint.container(), egress, attempts, addresses(endpoint), Prefix.bytes(via.hostAddress())));
        } catch (NetlinkRefusal e) {
            throw new NetworkProblem(Stage.NETWORK, "the egress policy of container " + endpoint.container() + " could not be put in force: " + e.getMessage(),
                    "the kernel needs nf_tables with nft_ct, nft_redir, nft_reject and nft_log: modprobe -a nft_ct nft_redir nft_reject_inet nft_log nfnetlink_log", e);
        }
    }

    /** It is connected no longer. */
    synchronized void end(Endpoint endpoint) {
        EgressControl known = control;
        if (known != null && !closed) {
            known.end(endpoint.container(), addresses(endpoint));
        }
        byContainer.computeIfPresent(endpoint.container(), (c, p) -> p.over() ? null : p);
    }

    private static List<byte[]> addresses(Endpoint endpoint) {
        List<byte[]> all = new ArrayList<>(List.of(Prefix.bytes(endpoint.address())));
        endpoint.linkLocal().forEach(a -> all.add(Prefix.bytes(a))); // none of its addresses is a way round the policy
        endpoint.address6().ifPresent(a -> all.add(a.bytes()));
        return all;
    }

    private synchronized EgressControl control(Router via) {
        EgressControl known = control;
        if (known == null) {
            known = new EgressControl("caisson-egress-" + engineId, via.namespace(), via.inside().firewall(), resolver.get()::lookup, a -> ours(via, a));
            control = known;
        }
        return known;
    }

    /** No name may lead to a container of another network, nor to the engine's own addresses. */
    private boolean ours(Router via, byte[] address) {
        return via.holds(address) || networks.all().stream().anyMatch(n -> address.length == 4 ? n.subnet().contains(ByteBuffer.wrap(address).getInt())
                : n.six().filter(s -> s.subnet().contains(Prefix6.of(address, 128))).isPresent());
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (control != null) {
            control.close();
        }
    }
}
