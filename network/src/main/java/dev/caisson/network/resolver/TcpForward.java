package dev.caisson.network.resolver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** An exchange over TCP, for whoever asked over TCP. */
final class TcpForward extends Forward<SocketChannel> {
    private Frame frame = new Frame(0xffff);
    private ByteBuffer out = ByteBuffer.allocate(0);
    private int id;

    TcpForward(Selector selector, Exchange exchange, Runnable ended) {
        super(selector, exchange, ended);
    }

    @Override
    SocketChannel open() throws IOException {
        return SocketChannel.open();
    }

    @Override
    int ask(SocketChannel opened, InetSocketAddress server) throws IOException {
        id = (int) (System.nanoTime() & 0xffff); // the connection is what tells an answer from a forgery
        out = Frame.of(exchange().numbered(id));
        frame = new Frame(0xffff);
        return opened.connect(server) ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT;
    }

    @Override
    void ready(SocketChannel current) throws IOException {
        if (!current.isConnected() && !current.finishConnect()) {
            return;
        }
        if (out.hasRemaining()) {
            current.write(out);
            interest(current, out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            return;
        }
        byte[] received = frame.read(current);
        if (received != null && exchange().answers(received, id)) {
            succeed(received);
        }
    }

    @Override
    byte @Nullable [] lastResort() {
        return null;
    }
}
