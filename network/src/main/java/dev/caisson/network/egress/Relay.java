package dev.caisson.network.egress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** Two connections, one of them let through. On the proxy's thread alone. */
final class Relay {
    private static final int BUFFER = 32 * 1024;

    private final Selector selector;
    private final SocketChannel client;
    private final SocketChannel server;
    private final Runnable end;
    private final ByteBuffer up = ByteBuffer.allocate(BUFFER);
    private final ByteBuffer down = ByteBuffer.allocate(BUFFER);
    private final Optional<Body> body;
    private boolean upEnded;
    private boolean upDone;
    private boolean downEnded;

    /**
     * @param read of the client so far, to be sent on
     * @param request that is carried, and nothing after it; empty if all is
     */
    Relay(Selector selector, SocketChannel client, SocketChannel server, ByteBuffer read, Optional<Request> request, Runnable end) throws IOException {
        this.selector = selector;
        this.client = client;
        this.server = server;
        this.end = end;
        this.body = request.map(r -> new Body(r.body()));
        if (request.isPresent()) {
            up.put(request.get().head());
            read.position(request.get().length());
        }
        byte[] rest = new byte[read.remaining()];
        read.get(rest);
        up.put(rest, 0, own(rest, 0, rest.length));
    }

    /** How many of these the request has. */
    private int own(byte[] bytes, int offset, int length) throws IOException {
        if (body.isEmpty()) {
            return length;
        }
        int taken = body.get().take(bytes, offset, length);
        upEnded |= body.get().over();
        return taken;
    }

    void ready() throws IOException {
        if (!upEnded && up.hasRemaining()) {
            int before = up.position();
            upEnded = client.read(up) < 0;
            up.position(before + own(up.array(), before, up.position() - before));
        }
        flush(up, server);
        if (upEnded && up.position() == 0 && !upDone) {
            upDone = true;
            if (body.isEmpty()) {
                server.shutdownOutput(); // a half-closed connection stays half open
            }
        }
        if (!downEnded && down.hasRemaining()) {
            downEnded = server.read(down) < 0;
        }
        flush(down, client);
        if (downEnded && down.position() == 0) {
            end.run(); // nothing can be answered any more
            return;
        }
        interest(client, (!upEnded && up.hasRemaining() ? SelectionKey.OP_READ : 0) | (down.position() > 0 ? SelectionKey.OP_WRITE : 0));
        interest(server, (!downEnded && down.hasRemaining() ? SelectionKey.OP_READ : 0) | (up.position() > 0 ? SelectionKey.OP_WRITE : 0));
    }

    private static void flush(ByteBuffer buffer, SocketChannel to) throws IOException {
        if (buffer.position() > 0) {
            buffer.flip();
            to.write(buffer);
            buffer.compact();
        }
    }

    private void interest(SocketChannel channel, int operations) throws ClosedChannelException {
        SelectionKey key = channel.keyFor(selector);
        if (key == null) {
            throw new ClosedChannelException();
        }
        key.interestOps(operations);
    }
}
