package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.Sockets;
import dev.caisson.network.netlink.Conversation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The network namespace of a router: nothing holds it but these descriptors. */
record RouterNamespace(Conversation route, Conversation firewall, Fd namespace) implements AutoCloseable {
    static RouterNamespace make() {
        CompletableFuture<RouterNamespace> made = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                made.complete(makeHere());
            } catch (RuntimeException | Error e) {
                made.completeExceptionally(e);
            }
        }, "caisson-router");
        thread.setDaemon(true);
        thread.start(); // unshare(2) moves the thread that calls it, so this one ends with it
        try {
            return made.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static RouterNamespace makeHere() {
        Namespaces.unshare(Namespaces.Kind.NET.flag());
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
        return new RouterNamespace(Conversation.open(Netlink.NETLINK_ROUTE), Conversation.open(Netlink.NETLINK_NETFILTER), Namespaces.current(Namespaces.Kind.NET));
    }

    @Override
    public void close() {
        route.close();
        firewall.close();
        namespace.close();
    }
}
