package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.resolver.Resolver;
import dev.caisson.network.rtnetlink.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * An engine's router and what is made with it.
 *
 * @param interfaces the way into network namespaces
 * @param names who asks for names
 */
record Hub(Router router, Interfaces interfaces, Names names, Resolver resolver) implements AutoCloseable {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final int DNS = 53;

    static Hub open(String engineId, Policies policies) {
        Router router = Router.open(engineId, resolvConf());
        Interfaces interfaces = null;
        try {
            interfaces = new Interfaces(router.resolver());
            Names names = new Names(router.hostAddress(), policies::of);
            return new Hub(router, interfaces, names, resolver(engineId, router, interfaces, names));
        } catch (RuntimeException e) {
            if (interfaces != null) {
                interfaces.close();
            }
            router.close();
            throw e;
        }
    }

    private static String resolvConf() {
        try {
            return Files.readString(RESOLV_CONF, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Its sockets are the router's, its thread and what it asks on are the host's. */
    private static Resolver resolver(String engineId, Router router, Interfaces interfaces, Names names) {
        List<Channel> opened = new ArrayList<>();
        try {
            InetSocketAddress where = new InetSocketAddress(InetAddress.getByAddress(Prefix.bytes(router.resolver())), DNS);
            interfaces.inside(router.namespace(), () -> {
                DatagramChannel udp = DatagramChannel.open(StandardProtocolFamily.INET);
                opened.add(udp);
                ServerSocketChannel tcp = ServerSocketChannel.open(StandardProtocolFamily.INET);
                opened.add(tcp);
                udp.bind(where);
                tcp.bind(where);
                return null;
            });
            return new Resolver("caisson-dns-" + engineId, (DatagramChannel) opened.get(0), (ServerSocketChannel) opened.get(1), names::asker, RESOLV_CONF, router::owns);
        } catch (IOException | CompletionException e) {
            opened.forEach(Hub::closeQuietly);
            throw new NetworkProblem(Stage.NETWORK, "the resolver of engine " + engineId + " could not be opened in its router: " + e.getMessage(), "look at the number of open files (ulimit -n) and at the kernel log", e);
        }
    }

    private static void closeQuietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // nobody has used it
        }
    }

    /** Closes what this JVM has of it, and leaves what others hold. */
    void leave() {
        resolver.close();
        interfaces.close();
        router.leave();
    }

    @Override
    public void close() {
        resolver.close();
        interfaces.close();
        router.close();
    }
}
