package dev.caisson.network.resolver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/** An exchange under way: one server after another is asked, each over a channel of its own and for so long, until one has the answer. On the resolver's thread alone. */
abstract class Forward<C extends SelectableChannel> implements Flow {
    private final Selector selector;
    private final Exchange exchange;
    private final Runnable ended;
    private @Nullable C channel;
    private long deadline;

    Forward(Selector selector, Exchange exchange, Runnable ended) {
        this.selector = selector;
        this.exchange = exchange;
        this.ended = ended;
    }

    /** A channel of its own. */
    abstract C open() throws IOException;

    /** Asks a server. @return the operations to wait for */
    abstract int ask(C opened, InetSocketAddress server) throws IOException;

    /** Goes on where the channel is ready. */
    abstract void ready(C current) throws IOException;

    /** What is answered when nobody is left to be asked; null for an error. */
    abstract byte @Nullable [] lastResort();

    final Exchange exchange() {
        return exchange;
    }

    /** What is waited for from now on. */
    final void interest(C current, int operations) {
        SelectionKey key = current.keyFor(selector);
        key.interestOps(operations);
    }

    /** Asks the next server. */
    final void start() {
        InetSocketAddress server;
        while ((server = exchange.nextServer()) != null) {
            try {
                C opened = open();
                channel = opened;
                opened.configureBlocking(false);
                opened.register(selector, ask(opened, server), this);
                deadline = System.nanoTime() + Resolver.SERVER_PATIENCE.toNanos();
                return;
            } catch (IOException | RuntimeException e) {
                close(); // not reachable: the next one
            }
        }
        byte[] last = lastResort();
        if (last != null) {
            exchange.succeed(last);
        } else {
            exchange.fail();
        }
        ended.run();
    }

    /** This is the answer. */
    final void succeed(byte[] received) {
        close();
        exchange.succeed(received);
        ended.run();
    }

    /** This server does not help. */
    final void next() {
        close();
        start();
    }

    @Override
    public final void ready() {
        C current = channel;
        if (current != null) {
            try {
                ready(current);
            } catch (IOException e) {
                next();
            }
        }
    }

    @Override
    public final void tick(long now) {
        if (channel != null && now - deadline >= 0) {
            next();
        }
    }

    @Override
    public final void close() {
        Flow.close(channel);
        channel = null;
    }
}
