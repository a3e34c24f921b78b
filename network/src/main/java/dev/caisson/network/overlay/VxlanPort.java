package dev.caisson.network.overlay;

import dev.caisson.linux.Netlink;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Neighbours;
import dev.caisson.network.rtnetlink.Vxlans;
import java.util.List;

/**
 * The VXLAN interface of one network: a port of its bridge in the router, whose packets go over the host's network. It answers ARP itself and forwards by static entries, so
 * that nothing is ever sent to all. What it takes is checked twice: by {@link VxlanRules} before it is unpacked, by the bridge's rules after.
 */
final class VxlanPort implements Far, AutoCloseable {

    private final Trunk trunk;
    private final VxlanRules rules;
    private final int index;
    private volatile boolean closed;

    private VxlanPort(Trunk trunk, VxlanRules rules, int index) {
        this.trunk = trunk;
        this.rules = rules;
        this.index = index;
    }

    /**
     * Makes it. To be called in the underlay's network namespace, where its UDP socket will be.
     *
     * @param local this host's address there
     * @throws NetlinkRefusal if the kernel does not
     */
    static VxlanPort open(Trunk trunk, String table, Agreement network, int local) {
        VxlanRules rules = VxlanRules.make(table, network); // first: nothing is taken in before they hold
        try {
            try (Conversation underlay = Conversation.open(Netlink.NETLINK_ROUTE)) {
                byte[] mac = Trunk.mac(network.subnet().last()); // nobody's
                underlay.one(Vxlans.make(trunk.port(), trunk.router(), network.vni(), local, network.vxlanPort(), mac, trunk.mtu()));
            }
            return new VxlanPort(trunk, rules, plug(trunk));
        } catch (RuntimeException | Error e) {
            rules.close();
            trunk.remove();
            throw e;
        }
    }

    private static int plug(Trunk trunk) {
        int index = trunk.plug();
        trunk.carryOut(List.of(Vxlans.quiet(trunk.port()), Links.up(trunk.port())));
        return index;
    }

    /** Makes it a port of the bridge again, which is another one now and knows of nobody. */
    synchronized void replug() {
        if (!closed) {
            plug(trunk);
        }
    }

    @Override
    public synchronized void add(Member member) {
        if (closed) {
            return;
        }
        try {
            rules.admit(member);
            trunk.admit(member.address());
            trunk.carryOut(entries(true, member));
        } catch (RuntimeException e) {
            try {
                remove(member);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    @Override
    public synchronized void remove(Member member) {
        if (closed) {
            return;
        }
        entries(false, member).forEach(m -> NetlinkRefusal.ignoringGone(() -> trunk.carryOut(List.of(m))));
        NetlinkRefusal.ignoringGone(() -> trunk.dismiss(member.address()));
        NetlinkRefusal.ignoringGone(() -> rules.dismiss(member));
    }

    private List<Message> entries(boolean add, Member member) {
        return List.of(Neighbours.remote(add, index, member.mac(), member.host()), Neighbours.port(add, index, member.mac()),
                Neighbours.neighbour(add, index, member.address(), member.mac()));
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                trunk.remove();
            } finally {
                rules.close();
            }
        }
    }
}
