package dev.caisson.network.ports;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds published ports and carries what comes to them to the container: what comes over the host's loopback, which no rule of the firewall can
 * redirect without opening 127.0.0.0/8 to the neighbours. One thread, which begins with the first port.
 */
public final class PortRelay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int BACKLOG = 512;

    private static final long SWEEP_MILLIS = 10_000;

    private final String name;
    /** On the thread alone. */
    private final Set<UdpRoute> udpRoutes = new HashSet<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private Selector selector;
    private Thread thread;
    private volatile boolean closed;

    /** @param name of its thread */
    public PortRelay(String name) {
        this.name = name;
    }

    /** A port that is held: until it is closed nobody else can listen there. */
    public final class Listening implements AutoCloseable {
        private final NetworkChannel channel;
        private final int port;
        private final Runnable end;

        private Listening(NetworkChannel channel, Runnable end) throws IOException {
            this.channel = channel;
            this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            this.end = end;
        }

        /** The host's port. */
        public int port() {
            return port;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            submit(end);
        }
    }

    /** Connections of one published port. */
    static final class Route {
        final InetSocketAddress target;
        final java.util.Set<Link> links = new java.util.HashSet<>();

        Route(InetSocketAddress target) {
            this.target = target;
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
        return carry(bound(where), target);
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
        try {
            start();
            channel.configureBlocking(false);
            Route route = new Route(target);
            submit(() -> register(channel, SelectionKey.OP_ACCEPT, (Runnable) () -> accept(channel, route)));
            return new Listening(channel, route::closeAll);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The same for UDP. */
    public Listening listenUdp(InetSocketAddress where, InetSocketAddress target) throws IOException {
        start();
        DatagramChannel channel = DatagramChannel.open(family(where));
        try {
            channel.bind(where);
            channel.configureBlocking(false);
            UdpRoute route = new UdpRoute(selector, channel, target);
            submit(() -> {
                udpRoutes.add(route);
                register(channel, SelectionKey.OP_READ, (Runnable) route::ready);
            });
            return new Listening(channel, () -> {
                udpRoutes.remove(route);
                route.closeAll();
            });
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private synchronized void start() throws IOException {
        if (thread == null) {
            selector = Selector.open();
            thread = new Thread(this::loop, name);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void submit(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    private void register(java.nio.channels.SelectableChannel channel, int operations, Runnable ready) {
        try {
            if (channel.isOpen()) {
                channel.register(selector, operations, ready);
            }
        } catch (IOException e) {
            LOG.debug("a connection ended: {}", e.toString());
        }
    }

    private void accept(ServerSocketChannel server, Route route) {
        try {
            SocketChannel client = server.accept();
            if (client != null) {
                new Link(selector, client, route).open();
            }
        } catch (IOException e) {
            LOG.warn("accepting a connection for {}: {}", route.target, e.toString());
        }
    }

    private void loop() {
        long swept = System.nanoTime();
        while (!closed) {
            try {
                selector.select(udpRoutes.isEmpty() ? 0 : SWEEP_MILLIS);
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    try {
                        ((Runnable) key.attachment()).run();
                    } catch (CancelledKeyException e) {
                        LOG.debug("a connection ended meanwhile");
                    }
                }
                selector.selectedKeys().clear();
                long now = System.nanoTime();
                if (now - swept > SWEEP_MILLIS * 1_000_000) {
                    swept = now;
                    udpRoutes.forEach(u -> u.sweep(now));
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("carrying connections to published ports: {}", e.toString());
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread == null) {
            return;
        }
        selector.wakeup();
        try {
            thread.join();
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
