package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.PacketSocket;
import dev.caisson.linux.Sockets;
import dev.caisson.network.netlink.Conversation;

/** The network namespace of a router: nothing holds it but these descriptors. @param frames sends whole frames out of its interfaces */
record RouterNamespace(Conversation route, Conversation firewall, PacketSocket frames, Fd namespace) implements AutoCloseable {
    static RouterNamespace make() {
        return NamespaceThread.apart(Namespaces.Kind.NET, RouterNamespace::makeHere);
    }

    private static RouterNamespace makeHere() {
        Sockets.loopbackUp();
        for (String each : new String[] {"all", "default"}) {
            Sysctls.write("ipv6/conf/" + each + "/disable_ipv6", "1");
            Sysctls.write("ipv4/conf/" + each + "/accept_redirects", "0");
            Sysctls.write("ipv4/conf/" + each + "/send_redirects", "0");
        }
        Sysctls.write("ipv4/ip_forward", "1");
        for (String each : new String[] {"iptables", "ip6tables", "arptables"}) {
            Sysctls.writeIfThere("bridge/bridge-nf-call-" + each, "0"); // what crosses one bridge is not forwarded between networks
        }
        return new RouterNamespace(Conversation.open(Netlink.NETLINK_ROUTE), Conversation.open(Netlink.NETLINK_NETFILTER), PacketSocket.open(), Namespaces.current(Namespaces.Kind.NET));
    }

    @Override
    public void close() {
        route.close();
        firewall.close();
        frames.close();
        namespace.close();
    }
}
