package dev.caisson.network.bridge;

import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.network.nftables.Batch;
import java.util.List;
import java.util.Optional;

/** A port of a network's bridge, in the router, behind which other hosts are. Like a container's port it lets in what it was told of, and nothing else. */
public final class Trunk {
    private final RouterNamespace inside;
    private final BridgeNetwork network;
    private final Optional<Router6> six;
    private final String port;

    /** @param six the router's IPv6 half, for a network that has that */
    Trunk(RouterNamespace inside, BridgeNetwork network, Optional<Router6> six) {
        this.inside = inside;
        this.network = network;
        this.six = six;
        this.port = "trunk" + network.bridge().replaceAll("\\D", "");
    }

    /** The name the port is to have. */
    public String port() {
        return port;
    }

    /** A descriptor of the router's namespace, valid as long as the network. */
    public int router() {
        return inside.namespace().value();
    }

    public Prefix subnet() {
        return network.subnet();
    }

    public int gateway() {
        return network.gateway();
    }

    public int mtu() {
        return network.mtu();
    }

    /** The MAC that every container and gateway of an address has. */
    public static byte[] mac(int address) {
        return Router.mac(address);
    }

    /** The IPv6 address that every container and gateway of an IPv4 address has on a network that spans hosts: its last 32 bits are that. */
    public static Prefix6 address6(Prefix6 subnet, int address) {
        return subnet.address(Integer.toUnsignedLong(address));
    }

    /** Plugs in the interface of that name, which is in the router by now. @return its number there */
    public int plug() {
        inside.route().one(Links.master(port, network.index()));
        six.ifPresent(s -> s.neighbours(port));
        return Interfaces.indexOf(inside.route(), port).orElseThrow(() -> new IllegalStateException("the interface " + port + " that was just made is gone"));
    }

    /** Has requests carried out in the router. */
    public void carryOut(List<Message> requests) {
        inside.route().all(requests);
    }

    /** Lets in what comes from an address. @param address6 of the same container */
    public void admit(int address, Optional<Prefix6> address6) {
        Batch batch = Batch.of(Batch.BRIDGE, BridgeRules.TABLE).element(BridgeRules.PORTS, BridgeRules.key(port, mac(address), address), new byte[0]);
        address6.ifPresent(six -> batch.element(BridgeRules.PORTS6, BridgeRules.key(port, mac(address), six), new byte[0]));
        batch.commit(inside.firewall());
    }

    /** Lets it in no more. */
    public void dismiss(int address, Optional<Prefix6> address6) {
        NetlinkRefusal.ignoringGone(() -> Batch.of(Batch.BRIDGE, BridgeRules.TABLE).removeElement(BridgeRules.PORTS, BridgeRules.key(port, mac(address), address)).commit(inside.firewall()));
        address6.ifPresent(six -> NetlinkRefusal.ignoringGone(() -> Batch.of(Batch.BRIDGE, BridgeRules.TABLE)
                .removeElement(BridgeRules.PORTS6, BridgeRules.key(port, mac(address), six)).commit(inside.firewall())));
    }

    /** Removes the interface. */
    public void remove() {
        NetlinkRefusal.ignoringGone(() -> inside.route().one(Links.delete(port)));
    }
}
