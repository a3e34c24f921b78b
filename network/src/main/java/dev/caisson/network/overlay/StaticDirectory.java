package dev.caisson.network.overlay;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.List;

/** Peers that were given by hand: each host has a part of the subnet, so that an address says whose it is. Names are not known from host to host. */
final class StaticDirectory implements Directory {
    private final String network;
    private final Prefix own;
    private final List<OverlayPlan.Peer> peers;

    StaticDirectory(String network, OverlayPlan plan, Agreement agreed, Peers table) {
        this.network = network;
        this.own = plan.range().orElseThrow();
        this.peers = plan.peers();
        for (OverlayPlan.Peer peer : peers) {
            for (int i = 0; i < 1 << 32 - peer.range().length(); i++) {
                int address = peer.range().address() + i;
                if (agreed.isForContainers(address)) {
                    table.put(new Member(address, peer.host(), peer.port() == 0 ? agreed.vxlanPort() : peer.port(), "static", List.of()));
                }
            }
        }
    }

    @Override
    public boolean claim(int address, String container, List<String> names) {
        if (own.contains(address)) {
            return true;
        }
        if (peers.stream().anyMatch(p -> p.range().contains(address))) {
            return false;
        }
        throw new NetworkProblem(Stage.NETWORK, "the address " + Prefix.text(address) + " on network '" + network + "' cannot be given to container " + container
                + ": it is not in the part that this host gives out, " + own + ", and so no other host would know where it is", "choose an address there, or leave ip(…) out");
    }

    @Override
    public void release(int address) {}

    @Override
    public String holder(int address) {
        return peers.stream().filter(p -> p.range().contains(address)).findFirst().map(p -> "host " + Prefix.text(p.host())).orElse("nobody");
    }

    @Override
    public List<String> problems() {
        return List.of();
    }

    @Override
    public void close() {}
}
