package dev.caisson.core.engine;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Sockets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Network namespaces made ahead: making one costs 0.6 ms and more, a quarter of a start. They are held by descriptors alone, so they go with the JVM. A thread
 * of its own makes them, since a namespace is entered by a thread (unshare(2)).
 */
final class NamespacePool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private final int size;
    private final Deque<Fd> ready = new ArrayDeque<>();
    private final Thread maker;
    private boolean closed;

    /** @param size how many are kept ready; 0 for no pool and no thread */
    NamespacePool(int size, String name) {
        this.size = size;
        this.maker = new Thread(this::fill, name);
        maker.setDaemon(true);
        if (size > 0) {
            maker.start();
        }
    }

    /** One with its loopback up, now the caller's; empty when none is ready. */
    Optional<Fd> take() {
        if (size == 0) {
            return Optional.empty();
        }
        synchronized (ready) {
            Fd fd = ready.poll();
            if (ready.size() <= size / 2) {
                ready.notifyAll();
            }
            return Optional.ofNullable(fd);
        }
    }

    private void fill() {
        boolean filling = true;
        try {
            while (true) {
                synchronized (ready) {
                    // Many at a time: a maker that runs beside each start takes from it what the pool gave.
                    while (!closed && ready.size() >= (filling ? size : size / 2 + 1)) {
                        filling = false;
                        ready.wait();
                    }
                    filling = true;
                    if (closed) {
                        return;
                    }
                }
                Fd fd = makeHere();
                synchronized (ready) {
                    if (closed) {
                        fd.close();
                        return;
                    }
                    ready.add(fd);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("no network namespaces are made ahead any more: {}", e.toString());
        }
    }

    /** One made for a caller who waits, whose thread stays where it is. */
    static Fd make() {
        java.util.concurrent.CompletableFuture<Fd> made = new java.util.concurrent.CompletableFuture<>();
        Thread apart = new Thread(() -> {
            try {
                made.complete(makeHere());
            } catch (RuntimeException | Error e) {
                made.completeExceptionally(e);
            }
        }, "caisson-netns");
        apart.setDaemon(true);
        apart.start(); // unshare(2) moves the thread that calls it, so this one ends with it
        return Waiting.await(made, "a new network namespace", () -> { });
    }

    /** The maker thread stays in the namespace it made last; that costs nothing and needs no way back. */
    private static Fd makeHere() {
        Namespaces.unshare(Namespaces.Kind.NET.flag());
        Sockets.loopbackUp();
        return Namespaces.current(Namespaces.Kind.NET);
    }

    @Override
    public void close() {
        synchronized (ready) {
            closed = true;
            ready.notifyAll();
            ready.forEach(Fd::close);
            ready.clear();
        }
        try {
            maker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
