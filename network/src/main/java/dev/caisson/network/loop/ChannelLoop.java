package dev.caisson.network.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that does what it is given to do, serves the channels that are ready, and looks now and then at what only time brings. Nothing that fails ends it. */
public final class ChannelLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final long REST_MILLIS = 100;

    private final String about;
    private final Work work;
    private final Thread thread;
    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** What is waited for at channels that are left alone for a while. */
    private final Map<SelectionKey, Integer> resting = new HashMap<>();
    private long rested;
    private volatile boolean stopped;

    /**
     * What the thread does.
     *
     * @param ready serves a channel
     * @param patience milliseconds until the next tick; 0 for none, as long as nothing happens
     * @param tick is given System.nanoTime()
     */
    public record Work(Consumer<SelectionKey> ready, LongSupplier patience, LongConsumer tick) {}

    /** Before the thread serves anybody, on the thread: where it goes to. */
    public interface Beginning {
        void run() throws IOException;
    }

    /**
     * Begins.
     *
     * @param name of its thread
     * @param about what it does, for the log
     * @throws UncheckedIOException or what the beginning threw
     */
    public ChannelLoop(String name, String about, Beginning beginning, Work work) {
        this.about = about;
        this.work = work;
        CompletableFuture<Selector> begun = new CompletableFuture<>();
        thread = new Thread(() -> begin(beginning, begun), name);
        thread.setDaemon(true);
        thread.start();
        try {
            selector = begun.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e.getCause() instanceof IOException cause ? new UncheckedIOException(cause) : e;
        }
    }

    private void begin(Beginning beginning, CompletableFuture<Selector> begun) {
        Selector opened;
        try {
            beginning.run();
            opened = Selector.open();
        } catch (IOException | RuntimeException | Error e) {
            begun.completeExceptionally(e);
            return;
        }
        begun.complete(opened);
        serve(opened);
    }

    private void serve(Selector own) {
        long ticked = System.nanoTime();
        while (!stopped) {
            try {
                long patience = work.patience.getAsLong();
                own.select(resting.isEmpty() ? patience : patience == 0 ? REST_MILLIS : Math.min(patience, REST_MILLIS));
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    alone(task);
                }
                for (SelectionKey key : own.selectedKeys()) {
                    ready(key);
                }
                own.selectedKeys().clear();
                long now = System.nanoTime();
                goOn(now);
                if (patience > 0 && now - ticked >= patience * 1_000_000) {
                    ticked = now;
                    work.tick.accept(now);
                }
            } catch (IOException | RuntimeException | Error e) {
                LOG.warn("{}: {}", about, e.toString());
            }
        }
    }

    private void ready(SelectionKey key) {
        alone(() -> work.ready.accept(key));
    }

    /** The others are served all the same. Memory that is used up is an Error, and one connection's. */
    private void alone(Runnable step) {
        try {
            step.run();
        } catch (CancelledKeyException e) {
            LOG.debug("{}: a connection ended meanwhile", about);
        } catch (RuntimeException | Error e) {
            LOG.warn("{}: {}", about, e.toString());
        }
    }

    /** Leaves a channel alone for a moment, on the thread: one that is ready and cannot be served, as where no descriptor is left, would be tried again all the time. */
    public void rest(SelectionKey key) {
        if (key.isValid() && key.interestOps() != 0) {
            resting.put(key, key.interestOps());
            key.interestOps(0);
            rested = System.nanoTime();
        }
    }

    private void goOn(long now) {
        if (!resting.isEmpty() && now - rested >= REST_MILLIS * 1_000_000) {
            resting.forEach((key, operations) -> {
                if (key.isValid()) {
                    key.interestOps(operations);
                }
            });
            resting.clear();
        }
    }

    /** Where its channels are registered. */
    public Selector selector() {
        return selector;
    }

    /** Has something done by the thread. Called by any. */
    public void submit(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Ends the thread; its channels are left. */
    public void stop() {
        stopped = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread, and closes all channels that are registered. */
    @Override
    public void close() {
        stop();
        try {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (ClosedSelectorException e) {
            LOG.debug("{}: it was closed before", about);
        } catch (IOException e) {
            LOG.debug("{}: closing: {}", about, e.toString());
        }
    }
}
