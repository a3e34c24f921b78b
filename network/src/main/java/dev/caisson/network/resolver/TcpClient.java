package dev.caisson.network.resolver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A container's connection. One question at a time: what comes after it waits in the kernel until the answer is sent. */
final class TcpClient implements Flow {
    private static final int MAX_QUERY = 4096;

    private final Selector selector;
    private final SocketChannel channel;
    private final Resolver resolver;
    private final String asker;
    private final int address;
    private final Frame frame = new Frame(MAX_QUERY);
    private ByteBuffer out = ByteBuffer.allocate(0);
    private long deadline = System.nanoTime() + Resolver.IDLE.toNanos();

    TcpClient(Selector selector, SocketChannel channel, Resolver resolver, String asker, int address) {
        this.selector = selector;
        this.channel = channel;
        this.resolver = resolver;
        this.asker = asker;
        this.address = address;
    }

    String asker() {
        return asker;
    }

    @Override
    public void ready() throws IOException {
        if (out.hasRemaining()) {
            channel.write(out);
            interest(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            return;
        }
        byte[] message = frame.read(channel);
        if (message != null) {
            deadline = System.nanoTime() + Resolver.IDLE.toNanos();
            interest(0);
            resolver.ask(message, address, true, this::answer);
        }
    }

    private void answer(byte[] reply) {
        out = Frame.of(reply);
        if (channel.isOpen()) {
            interest(SelectionKey.OP_WRITE);
        }
    }

    private void interest(int operations) {
        SelectionKey key = channel.keyFor(selector);
        if (key != null && key.isValid()) {
            key.interestOps(operations);
        }
    }

    @Override
    public void tick(long now) {
        if (now - deadline >= 0) {
            resolver.drop(this);
        }
    }

    @Override
    public void close() {
        Flow.close(channel);
    }
}
