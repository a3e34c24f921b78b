package dev.caisson.network.ports;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One connection to a published port and the one to the container that belongs to it. On the relay's thread alone. */
final class Link {
    private static final int BUFFER = 32 * 1024;

    private final Selector selector;
    private final SocketChannel client;
    private final SocketChannel container;
    private final PortRelay.Route route;
    private final Direction up;
    private final Direction down;

    Link(Selector selector, SocketChannel client, PortRelay.Route route) throws IOException {
        this.selector = selector;
        this.client = client;
        this.route = route;
        SocketChannel opened = null;
        try {
            opened = SocketChannel.open();
            this.up = new Direction(client, opened);
            this.down = new Direction(opened, client);
            this.container = opened;
        } catch (IOException | Error e) { // no descriptor is left, or no memory
            client.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    /** What goes one way. */
    private static final class Direction {
        private final SocketChannel from;
        private final SocketChannel to;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        private boolean ended;
        private boolean done;

        Direction(SocketChannel from, SocketChannel to) {
            this.from = from;
            this.to = to;
        }

        /** Carries what can be carried now. The buffer is in the state of being filled. */
        void move() throws IOException {
            if (done) {
                return; // even an empty write to a channel whose output is shut is an error
            }
            if (!ended && buffer.hasRemaining()) {
                ended = from.read(buffer) < 0;
            }
            buffer.flip();
            to.write(buffer);
            buffer.compact();
            if (ended && buffer.position() == 0) {
                done = true;
                to.shutdownOutput(); // a half-closed connection stays half open
            }
        }

        boolean wantsToRead() {
            return !ended && buffer.hasRemaining();
        }

        boolean wantsToWrite() {
            return buffer.position() > 0;
        }
    }

    void open() {
        try {
            client.configureBlocking(false);
            container.configureBlocking(false);
            client.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
            container.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
            boolean connected = container.connect(route.target);
            container.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, (Runnable) this::ready);
            client.register(selector, connected ? SelectionKey.OP_READ : 0, (Runnable) this::ready);
        } catch (IOException e) {
            close();
        }
    }

    private void ready() {
        try {
            if (!container.isConnected() && !container.finishConnect()) {
                return;
            }
            up.move();
            down.move();
            if (up.done && down.done) {
                close();
                return;
            }
            interest(client, up, down);
            interest(container, down, up);
        } catch (IOException e) {
            close();
        }
    }

    private void interest(SocketChannel channel, Direction out, Direction in) throws ClosedChannelException {
        SelectionKey key = channel.keyFor(selector);
        if (key == null) {
            throw new ClosedChannelException();
        }
        key.interestOps((out.wantsToRead() ? SelectionKey.OP_READ : 0) | (in.wantsToWrite() ? SelectionKey.OP_WRITE : 0));
    }

    void close() {
        route.remove(this);
        for (SocketChannel channel : new SocketChannel[] {client, container}) {
            try {
                channel.close();
            } catch (IOException e) {
                // it is closed then
            }
        }
    }
}
