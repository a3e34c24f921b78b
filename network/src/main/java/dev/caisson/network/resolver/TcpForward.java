package dev.caisson.network.resolver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** An exchange over TCP, for whoever asked over TCP. */
final class TcpForward implements Flow {
    private final Selector selector;
    private final Exchange exchange;
    private final Runnable ended;
    private @Nullable SocketChannel channel;
    private Frame frame = new Frame(0xffff);
    private ByteBuffer out = ByteBuffer.allocate(0);
    private int id;
    private long deadline;

    TcpForward(Selector selector, Exchange exchange, Runnable ended) {
        this.selector = selector;
        this.exchange = exchange;
        this.ended = ended;
    }

    void start() {
        InetSocketAddress server;
        while ((server = exchange.nextServer()) != null) {
            try {
                ask(server);
                return;
            } catch (IOException | RuntimeException e) {
                close();
            }
        }
        exchange.fail();
        ended.run();
    }

    private void ask(InetSocketAddress server) throws IOException {
        SocketChannel opened = SocketChannel.open();
        channel = opened;
        opened.configureBlocking(false);
        id = (int) (System.nanoTime() & 0xffff); // the connection is what tells an answer from a forgery
        out = Frame.of(exchange.numbered(id));
        frame = new Frame(0xffff);
        boolean connected = opened.connect(server);
        opened.register(selector, connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT, this);
        deadline = System.nanoTime() + Resolver.SERVER_PATIENCE.toNanos();
    }

    @Override
    public void ready() {
        SocketChannel current = channel;
        if (current == null) {
            return;
        }
        try {
            if (!current.isConnected() && !current.finishConnect()) {
                return;
            }
            if (out.hasRemaining()) {
                current.write(out);
                current.keyFor(selector).interestOps(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
                return;
            }
            byte[] received = frame.read(current);
            if (received != null && exchange.answers(received, id)) {
                close();
                exchange.succeed(received);
                ended.run();
            }
        } catch (IOException e) {
            close();
            start();
        }
    }

    @Override
    public void tick(long now) {
        if (channel != null && now - deadline >= 0) {
            close();
            start();
        }
    }

    @Override
    public void close() {
        Flow.close(channel);
        channel = null;
    }
}
