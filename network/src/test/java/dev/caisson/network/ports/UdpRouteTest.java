package dev.caisson.network.ports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who sends to a published UDP port gets a socket of the JVM's; a stranger can send from as many addresses as he likes. */
class UdpRouteTest {
    private static final int MOST = 512;

    private static DatagramChannel socket() throws IOException {
        DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        channel.configureBlocking(false);
        return channel;
    }

    /** How many sockets there are towards the container. */
    private static int clients(Selector selector) throws IOException {
        selector.selectNow();
        return selector.keys().size();
    }

    /** Lets a datagram that was sent pass: the kernel of a busy machine may carry it a moment later. @return how many arrived */
    private static int carried(UdpRoute route, DatagramChannel server) throws IOException {
        int n = 0;
        for (long end = System.nanoTime() + 30_000_000_000L; n == 0 && System.nanoTime() < end; n = arrived(server)) {
            route.ready();
        }
        return n;
    }

    private static int arrived(DatagramChannel server) throws IOException {
        int n = 0;
        while (server.receive(ByteBuffer.allocate(10)) != null) {
            n++;
        }
        return n;
    }

    @Test
    void manyClientsTakeNoMoreSocketsThanTheLimitAndSilentOnesNone() throws IOException {
        List<DatagramChannel> strangers = new ArrayList<>();
        try (Selector selector = Selector.open(); DatagramChannel published = socket(); DatagramChannel server = socket()) {
            SocketAddress port = published.getLocalAddress();
            UdpRoute route = new UdpRoute(selector, published, (InetSocketAddress) server.getLocalAddress(), false);
            for (int i = 0; i < MOST + 20; i++) {
                strangers.add(socket());
                strangers.get(i).send(ByteBuffer.wrap(new byte[] {1}), port);
                assertEquals(1, carried(route, server), "carried on");
                assertEquals(Math.min(i + 1, MOST), clients(selector));
            }
            strangers.get(0).send(ByteBuffer.wrap(new byte[] {1}), port);
            assertEquals(List.of(1, MOST), List.of(carried(route, server), clients(selector)), "one that was forgotten comes again");
            route.sweep(System.nanoTime());
            assertEquals(MOST, clients(selector), "the control: they are not silent for long");
            route.sweep(System.nanoTime() + UdpRoute.IDLE.toNanos());
            assertEquals(0, clients(selector));
            strangers.get(1).send(ByteBuffer.wrap(new byte[] {1}), port);
            assertEquals(1, carried(route, server));
            assertEquals(1, clients(selector));
            route.closeAll();
            assertEquals(0, clients(selector), "with the port they go");
        } finally {
            for (DatagramChannel each : strangers) {
                each.close();
            }
        }
    }
}
