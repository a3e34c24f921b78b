package dev.caisson.network.ports;

import dev.caisson.network.loop.ChannelLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds published ports, so that nobody else gets them, and carries what comes to them and no rule of the firewall led on before: connections to [::1]. It carries
 * those of containers to ports of the host's that they were given, too. One thread, which begins with the first port.
 */
public final class PortRelay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int BACKLOG = 512;

    /** Of one port at a time: each costs two descriptors and two buffers of this JVM, and whoever opens them may be a program in a container. */
    static final int CONNECTIONS = 1024;
    private static final long SWEEP_MILLIS = 10_000;

    private final String name;
    /** On the thread alone. */
    private final Set<UdpRoute> udpRoutes = new HashSet<>();
    private volatile @Nullable ChannelLoop loop;

    /** @param name of its thread */
    public PortRelay(String name) {
        this.name = name;
    }

    /** A port that is held: until it is closed nobody else can listen there. */
    public final class Listening implements AutoCloseable {
        private final NetworkChannel channel;
        private final int port;
        private final ChannelLoop loop;
        private final Runnable end;

        private Listening(ChannelLoop loop, NetworkChannel channel, Runnable end) throws IOException {
            this.loop = loop;
            this.channel = channel;
            this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            this.end = end;
        }

        /** The host's port. */
        public int port() {
            return port;
        }

        /** The address it has. */
        public InetSocketAddress where() throws IOException {
            return (InetSocketAddress) channel.getLocalAddress();
        }

        /** Whether another socket of this user's that wants it (SO_REUSEPORT) may have the same port. */
        public void shared(boolean value) throws IOException {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, value);
        }

        public boolean udp() {
            return channel instanceof DatagramChannel;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            loop.submit(end);
        }
    }

    /** Connections of one published port. */
    static final class Route {
        final InetSocketAddress target;
        private final boolean only6;
        private final java.util.Set<Link> links = new java.util.HashSet<>();
        /** Where it accepts, while it does not, as it has as many as it carries. */
        private @Nullable SelectionKey full;
        /** Whether the last one could not be accepted. */
        private boolean failing;

        Route(InetSocketAddress target, boolean only6) {
            this.target = target;
            this.only6 = only6;
        }

        void add(Link link, SelectionKey acceptor) {
            links.add(link);
            if (links.size() >= CONNECTIONS) {
                acceptor.interestOps(0); // who comes now waits in the kernel's queue
                full = acceptor;
            }
        }

        void remove(Link link) {
            links.remove(link);
            SelectionKey waiting = full;
            if (waiting != null && links.size() < CONNECTIONS) {
                full = null;
                if (waiting.isValid()) {
                    waiting.interestOps(SelectionKey.OP_ACCEPT);
                }
            }
        }

        void closeAll() {
            new java.util.ArrayList<>(links).forEach(Link::close);
        }
    }

    /**
     * Listens at once.
     *
     * @param port 0 for any
     * @throws IOException such as BindException
     */
    public Listening listen(InetSocketAddress where, InetSocketAddress target) throws IOException {
        return listen(where, target, false);
    }

    /** The same. @param only6 nobody is carried who comes over IPv4, though the socket is one of both */
    public Listening listen(InetSocketAddress where, InetSocketAddress target, boolean only6) throws IOException {
        return carry(bound(where), target, only6);
    }

    /** A socket that {@link #carry} takes: it listens in the network namespace of the thread that calls. */
    public static ServerSocketChannel bound(InetSocketAddress where) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(family(where));
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(where, BACKLOG);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** A socket on all addresses of IPv6 is one on all of IPv4 too. */
    private static StandardProtocolFamily family(InetSocketAddress where) {
        return where.getAddress() instanceof java.net.Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    /** Carries what comes to a socket that listens already, perhaps in another network namespace, to an address of this one. */
    public Listening carry(ServerSocketChannel channel, InetSocketAddress target) throws IOException {
        return carry(channel, target, false);
    }

    private Listening carry(ServerSocketChannel channel, InetSocketAddress target, boolean only6) throws IOException {
        try {
            ChannelLoop running = start();
            channel.configureBlocking(false);
            Route route = new Route(target, only6);
            running.submit(() -> register(running, channel, SelectionKey.OP_ACCEPT, () -> accept(running, channel, route)));
            return new Listening(running, channel, route::closeAll);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The same for UDP. */
    public Listening listenUdp(InetSocketAddress where, InetSocketAddress target) throws IOException {
        return listenUdp(where, target, false);
    }

    /** The same. @param only6 what comes over IPv4 is dropped */
    public Listening listenUdp(InetSocketAddress where, InetSocketAddress target, boolean only6) throws IOException {
        ChannelLoop running = start();
        DatagramChannel channel = DatagramChannel.open(family(where));
        try {
            channel.bind(where);
            channel.configureBlocking(false);
            UdpRoute route = new UdpRoute(running.selector(), channel, target, only6);
            running.submit(() -> {
                udpRoutes.add(route);
                register(running, channel, SelectionKey.OP_READ, route::ready);
            });
            return new Listening(running, channel, () -> {
                udpRoutes.remove(route);
                route.closeAll();
            });
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private synchronized ChannelLoop start() {
        ChannelLoop running = loop;
        if (running == null) {
            running = new ChannelLoop(name, "carrying connections to published ports", () -> { }, new ChannelLoop.Work(key -> ((Runnable) key.attachment()).run(),
                    () -> udpRoutes.isEmpty() ? 0 : SWEEP_MILLIS, now -> udpRoutes.forEach(u -> u.sweep(now))));
            loop = running;
        }
        return running;
    }

    private static void register(ChannelLoop loop, java.nio.channels.SelectableChannel channel, int operations, Runnable ready) {
        try {
            if (channel.isOpen()) {
                channel.register(loop.selector(), operations, ready);
            }
        } catch (IOException e) {
            LOG.debug("a connection ended: {}", e.toString());
        }
    }

    private static void accept(ChannelLoop loop, ServerSocketChannel server, Route route) {
        SelectionKey key = server.keyFor(loop.selector());
        try {
            SocketChannel client = server.accept();
            route.failing = false;
            if (client != null && route.only6 && ((InetSocketAddress) client.getRemoteAddress()).getAddress() instanceof java.net.Inet4Address) {
                client.close();
            } else if (client != null) {
                Link link = new Link(loop.selector(), client, route);
                route.add(link, key);
                link.open();
            }
        } catch (IOException e) {
            if (!route.failing) {
                LOG.warn("accepting a connection for {}, which is tried again and again: {}", route.target, e.toString());
            }
            route.failing = true;
            loop.rest(key);
        }
    }

    @Override
    public synchronized void close() {
        if (loop != null) {
            loop.close();
        }
    }
}
