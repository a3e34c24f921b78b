package dev.caisson.network.ports;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A published UDP port: each client has a socket of its own towards the container, so that answers find their way back. On the relay's thread alone. */
final class UdpRoute {
    /** As long as the kernel keeps a flow that was answered (nf_conntrack_udp_timeout_stream). */
    static final Duration IDLE = Duration.ofSeconds(120);
    private static final int MAX_CLIENTS = 512;
    private static final int AT_ONCE = 64;

    private final Selector selector;
    private final DatagramChannel channel;
    private final InetSocketAddress target;
    private final boolean only6;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(0xffff);
    /** In the order of their last use. */
    private final Map<SocketAddress, Client> clients = new LinkedHashMap<>(16, 0.75f, true);

    /** @param only6 what comes over IPv4 is dropped */
    UdpRoute(Selector selector, DatagramChannel channel, InetSocketAddress target, boolean only6) {
        this.only6 = only6;
        this.selector = selector;
        this.channel = channel;
        this.target = target;
    }

    /** One that sent something. */
    private final class Client {
        private final SocketAddress address;
        private final DatagramChannel container;
        private long used = System.nanoTime();

        Client(SocketAddress address) throws IOException {
            this.address = address;
            this.container = DatagramChannel.open();
            try {
                container.configureBlocking(false);
                container.connect(target);
                container.register(selector, SelectionKey.OP_READ, (Runnable) this::answers);
            } catch (IOException e) {
                container.close();
                throw e;
            }
        }

        void send() {
            used = System.nanoTime();
            try {
                container.write(buffer);
            } catch (IOException e) {
                // nobody listens (yet); as on any way, a datagram may be lost
            }
        }

        private void answers() {
            try {
                for (int i = 0; i < AT_ONCE; i++) {
                    buffer.clear();
                    if (container.receive(buffer) == null) {
                        return;
                    }
                    used = System.nanoTime();
                    channel.send(buffer.flip(), address);
                }
            } catch (IOException e) {
                // the same
            }
        }

        void close() {
            try {
                container.close();
            } catch (IOException e) {
                // it is closed then
            }
        }
    }

    /** Something arrived. */
    void ready() {
        try {
            for (int i = 0; i < AT_ONCE; i++) {
                buffer.clear();
                SocketAddress from = channel.receive(buffer);
                if (from == null) {
                    return;
                }
                buffer.flip();
                if (only6 && ((InetSocketAddress) from).getAddress() instanceof java.net.Inet4Address) {
                    continue;
                }
                client(from).send();
            }
        } catch (IOException e) {
            // closed, or no descriptor left for a new client
        }
    }

    private Client client(SocketAddress from) throws IOException {
        Client known = clients.get(from);
        if (known == null) {
            Iterator<Client> eldest = clients.values().iterator();
            if (clients.size() >= MAX_CLIENTS) {
                eldest.next().close();
                eldest.remove();
            }
            known = new Client(from);
            clients.put(from, known);
        }
        return known;
    }

    /** Forgets clients that were silent for long. */
    void sweep(long now) {
        List<SocketAddress> idle = new ArrayList<>();
        clients.forEach((address, client) -> {
            if (now - client.used > IDLE.toNanos()) {
                client.close();
                idle.add(address);
            }
        });
        idle.forEach(clients::remove);
    }

    void closeAll() {
        clients.values().forEach(Client::close);
        clients.clear();
    }
}
