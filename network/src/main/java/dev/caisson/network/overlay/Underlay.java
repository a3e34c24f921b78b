package dev.caisson.network.overlay;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.rtnetlink.Prefix;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Optional;

/**
 * The network that carries the packets.
 *
 * @param local this host's address there
 * @param mtu of the interface that has it
 */
record Underlay(int local, int mtu) {
    /** What VXLAN adds to an IPv4 packet: an Ethernet header, its own, UDP's and IP's. */
    static final int OVERHEAD = 50;
    private static final String REMEDY = "say which of this host's addresses the other hosts reach: local(\"…\")";

    /** Bytes of a container's packet that fit. @throws NetworkProblem if more is wanted */
    int mtu(String network, OverlayPlan plan, boolean encrypted) {
        int most = mtu - OVERHEAD - (encrypted ? Tunnel.OVERHEAD : 0);
        if (plan.mtu() > most) {
            throw new NetworkProblem(Stage.NETWORK, "overlay network '" + network + "' cannot have packets of " + plan.mtu() + " bytes: its underlay, " + Prefix.text(local) + ", carries "
                    + mtu + ", VXLAN adds " + OVERHEAD + (encrypted ? " and WireGuard " + Tunnel.OVERHEAD : ""), "leave mtu(…) out for " + most);
        }
        return most;
    }

    /** @throws NetworkProblem if this host's address there is not known */
    static Underlay of(String network, OverlayPlan plan) {
        try {
            InetAddress local = plan.local().isPresent() ? InetAddress.getByAddress(Prefix.bytes(plan.local().get())) : towards(network, target(network, plan));
            NetworkInterface link = NetworkInterface.getByInetAddress(local);
            if (link == null) {
                throw new NetworkProblem(Stage.NETWORK, "overlay network '" + network + "' cannot use the address " + local.getHostAddress() + ": no interface of this host has it", REMEDY);
            }
            return new Underlay(ByteBuffer.wrap(local.getAddress()).getInt(), link.getMTU());
        } catch (IOException e) {
            throw new NetworkProblem(Stage.NETWORK, "overlay network '" + network + "' does not find its underlay: " + e.getMessage(), REMEDY, e);
        }
    }

    private static InetAddress target(String network, OverlayPlan plan) throws IOException {
        if (plan.etcd().isEmpty()) {
            return InetAddress.getByAddress(Prefix.bytes(plan.peers().get(0).host()));
        }
        String host = plan.etcd().get().endpoints().get(0).getHost();
        for (InetAddress each : InetAddress.getAllByName(host)) {
            if (each instanceof Inet4Address) {
                return each;
            }
        }
        throw new UnknownHostException(host + " has no IPv4 address");
    }

    /** The address from which this host would ask. Nothing is sent. */
    private static InetAddress towards(String network, InetAddress target) throws IOException {
        try (DatagramChannel probe = DatagramChannel.open(StandardProtocolFamily.INET)) {
            InetAddress local = ((InetSocketAddress) probe.connect(new InetSocketAddress(target, 9)).getLocalAddress()).getAddress();
            return Optional.of(local).filter(a -> !a.isLoopbackAddress()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "overlay network '" + network
                    + "' does not find its underlay: " + target.getHostAddress() + " is this host's own", REMEDY));
        }
    }
}
