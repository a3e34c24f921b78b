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
final class UdpForward extends Forward<DatagramChannel> {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RCODE = 3;

    private final ByteBuffer buffer;
    private int id;
    /** From a server that could not help. */
    private byte @Nullable [] second;

    /** @param buffer for what arrives, shared by all that are on this thread */
    UdpForward(Selector selector, Exchange exchange, ByteBuffer buffer, Runnable ended) {
        super(selector, exchange, ended);
        this.buffer = buffer;
    }

    @Override
    DatagramChannel open() throws IOException {
        return DatagramChannel.open();
    }

    @Override
    int ask(DatagramChannel opened, InetSocketAddress server) throws IOException {
        opened.connect(server);
        id = RANDOM.nextInt(1 << 16);
        opened.write(ByteBuffer.wrap(exchange().numbered(id)));
        return SelectionKey.OP_READ;
    }

    @Override
    void ready(DatagramChannel current) throws IOException {
        buffer.clear();
        current.read(buffer); // -1 for an empty datagram; an exception where nobody listens (ICMP)
        byte[] received = new byte[buffer.flip().remaining()];
        buffer.get(received);
        if (!exchange().answers(received, id)) {
            return; // somebody else's: the right one may still come
        }
        int code = received[RCODE] & 15;
        if (code == 2 || code == 5) { // SERVFAIL, REFUSED: another server may know
            second = received;
            next();
        } else {
            succeed(received);
        }
    }

    @Override
    byte @Nullable [] lastResort() {
        return second;
    }
}
