package dev.caisson.network.resolver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** An exchange over UDP: a socket and a number of its own for each server that is asked, so that nobody can answer by guessing. */
final class UdpForward implements Flow {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RCODE = 3;

    private final Selector selector;
    private final Exchange exchange;
    private final ByteBuffer buffer;
    private final Runnable ended;
    private @Nullable DatagramChannel channel;
    private int id;
    private long deadline;
    /** From a server that could not help. */
    private byte @Nullable [] second;

    /** @param buffer for what arrives, shared by all that are on this thread */
    UdpForward(Selector selector, Exchange exchange, ByteBuffer buffer, Runnable ended) {
        this.selector = selector;
        this.exchange = exchange;
        this.buffer = buffer;
        this.ended = ended;
    }

    void start() {
        InetSocketAddress server;
        while ((server = exchange.nextServer()) != null) {
            try {
                ask(server);
                return;
            } catch (IOException | RuntimeException e) {
                closeChannel(); // not reachable: the next one
            }
        }
        if (second != null) {
            exchange.succeed(second);
        } else {
            exchange.fail();
        }
        ended.run();
    }

    private void ask(InetSocketAddress server) throws IOException {
        DatagramChannel opened = DatagramChannel.open();
        channel = opened;
        opened.configureBlocking(false);
        opened.connect(server);
        id = RANDOM.nextInt(1 << 16);
        opened.write(ByteBuffer.wrap(exchange.numbered(id)));
        opened.register(selector, SelectionKey.OP_READ, this);
        deadline = System.nanoTime() + Resolver.SERVER_PATIENCE.toNanos();
    }

    @Override
    public void ready() throws IOException {
        DatagramChannel current = channel;
        if (current == null) {
            return;
        }
        buffer.clear();
        try {
            current.read(buffer); // -1 for an empty datagram
        } catch (IOException e) { // nobody listens there (ICMP)
            closeChannel();
            start();
            return;
        }
        byte[] received = new byte[buffer.flip().remaining()];
        buffer.get(received);
        if (!exchange.answers(received, id)) {
            return; // somebody else's: the right one may still come
        }
        closeChannel();
        int code = received[RCODE] & 15;
        if (code == 2 || code == 5) { // SERVFAIL, REFUSED: another server may know
            second = received;
            start();
            return;
        }
        exchange.succeed(received);
        ended.run();
    }

    @Override
    public void tick(long now) {
        if (channel != null && now - deadline >= 0) {
            closeChannel();
            start();
        }
    }

    @Override
    public void close() {
        closeChannel();
    }

    private void closeChannel() {
        Flow.close(channel);
        channel = null;
    }
}
