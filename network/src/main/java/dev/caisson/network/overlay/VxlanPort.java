package dev.caisson.network.overlay;

import dev.caisson.linux.Netlink;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Neighbours;
import dev.caisson.network.rtnetlink.Vxlans;
import java.util.ArrayList;
import java.util.List;

/**
 * The VXLAN interface of one network: a port of its bridge in the router, whose packets go over the host's network. It answers ARP and
 * neighbour solicitations itself and forwards by static entries, so
 * that nothing is ever sent to all. What it takes is checked twice: by {@link VxlanRules} before it is unpacked, by the bridge's rules after.
 */
final class VxlanPort implements Far, AutoCloseable {
    private static final int EEXIST = 17;
    private static final int EADDRINUSE = 98;

    private final Trunk trunk;
    private final VxlanRules rules;
    private final Agreement network;
    private final int udp;
    private final int index;
    private volatile boolean closed;

    private VxlanPort(Trunk trunk, VxlanRules rules, Agreement network, int udp, int index) {
        this.trunk = trunk;
        this.network = network;
        this.rules = rules;
        this.udp = udp;
        this.index = index;
    }

    /**
     * Makes it. To be called in the underlay's network namespace, where its UDP socket will be: at the network's port, or, where another engine of this host has that, at one of the next.
     *
     * @param local this host's address there
     * @param ports how many are tried
     * @throws NetlinkRefusal if the kernel does not
     */
    static VxlanPort open(Trunk trunk, String table, Agreement network, int local, int ports) {
        int first = network.vxlanPort();
        for (int udp = first;; udp++) {
            try {
                return at(udp, trunk, table, network, local);
            } catch (Taken e) {
                if (udp + 1 >= first + ports || udp == Agreement.MAX_PORT) {
                    throw e.refusal;
                }
            }
        }
    }

    /** A port is somebody else's. */
    private static final class Taken extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient NetlinkRefusal refusal;

        Taken(NetlinkRefusal refusal) {
            super(refusal);
            this.refusal = refusal;
        }
    }

    private static VxlanPort at(int udp, Trunk trunk, String table, Agreement network, int local) throws Taken {
        try (Conversation underlay = Conversation.open(Netlink.NETLINK_ROUTE)) {
            byte[] mac = Trunk.mac(network.subnet().last()); // nobody's
            underlay.one(Vxlans.make(trunk.port(), trunk.router(), network.vni(), local, udp, mac, trunk.mtu()));
        } catch (NetlinkRefusal e) {
            throw taken(e); // before there are rules, which would hold for who has it
        }
        try {
            VxlanRules rules = VxlanRules.make(table, network, udp); // nothing is taken in while it is down
            try {
                return new VxlanPort(trunk, rules, network, udp, plug(trunk, network));
            } catch (NetlinkRefusal e) {
                rules.close();
                throw taken(e);
            } catch (RuntimeException | Error e) {
                rules.close();
                throw e;
            }
        } catch (Taken | RuntimeException | Error e) {
            trunk.remove();
            throw e;
        }
    }

    private static Taken taken(NetlinkRefusal e) {
        if (e.errno() == EEXIST || e.errno() == EADDRINUSE) {
            return new Taken(e);
        }
        throw e;
    }

    /** Of UDP, on the underlay. */
    int udp() {
        return udp;
    }

    private static int plug(Trunk trunk, Agreement network) {
        int index = trunk.plug();
        trunk.carryOut(List.of(Vxlans.quiet(trunk.port(), network.subnet6().isPresent()), Links.up(trunk.port())));
        return index;
    }

    /** Makes it a port of the bridge again, which is another one now and knows of nobody. */
    synchronized void replug() {
        if (!closed) {
            plug(trunk, network);
        }
    }

    @Override
    public synchronized void add(Member member) {
        if (closed) {
            return;
        }
        try {
            rules.admit(member, network.address6(member.address()));
            trunk.admit(member.address(), network.address6(member.address()));
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
        trunk.dismiss(member.address(), network.address6(member.address()));
        rules.dismiss(member, network.address6(member.address()));
    }

    private List<Message> entries(boolean add, Member member) {
        List<Message> all = new ArrayList<>(List.of(Neighbours.remote(add, index, member.mac(), member.host(), member.port()), Neighbours.port(add, index, member.mac()),
                Neighbours.neighbour(add, index, member.address(), member.mac())));
        network.address6(member.address()).ifPresent(six -> all.add(Neighbours.neighbour(add, index, six, member.mac())));
        return all;
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
