package dev.caisson.registry.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes connections, each with a thread of its own, at most so many. When there are as many, the one that has been idle longest is closed for a new one; when none is idle,
 * new ones wait in the kernel. One more thread watches that nobody keeps the others waiting.
 */
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int BACKLOG = 1024;
    private static final int IDLE_SECONDS = 5;
    private static final long END_MILLIS = 5000;
    private static final long SHORTEST_TICK = 10;
    private static final long LONGEST_TICK = 1000;
    private static final long ROOM_MILLIS = 20;

    private final ServerSocket listening;
    private final @Nullable SSLContext tls;
    private final Duration patience;
    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor watch;
    private @Nullable Thread accepting;
    private final Semaphore room;
    private final Set<Thread> made = ConcurrentHashMap.newKeySet();
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Listens; connections wait until it is started.
     *
     * @param tls null without
     * @param most connections at once
     * @param patience with a client that stands still
     * @throws IOException if the address is not to be had
     */
    public Listener(InetSocketAddress address, @Nullable SSLContext tls, int most, Duration patience) throws IOException {
        this.tls = tls;
        this.patience = patience;
        room = new Semaphore(most);
        listening = new ServerSocket();
        try {
            listening.setReuseAddress(true);
            listening.bind(address, BACKLOG);
        } catch (IOException e) {
            listening.close();
            throw e;
        }
        // The semaphore bounds them: a thread that has just ended its connection may not be back yet.
        threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), named("caisson-registry-server-"));
        watch = new ScheduledThreadPoolExecutor(1, named("caisson-registry-watch-"));
        every(Duration.ofMillis(Math.max(SHORTEST_TICK, Math.min(LONGEST_TICK, patience.toMillis() / 10))), () -> open.forEach(c -> c.pace().check()));
    }

    /** Begins to answer. */
    public void start(Handler handler) {
        accepting = named("caisson-registry-accept-").newThread(() -> accept(handler));
        accepting.start();
    }

    private ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            made.removeIf(t -> t.getState() == Thread.State.TERMINATED);
            made.add(thread);
            return thread;
        };
    }

    /** The port it listens on. */
    public int port() {
        return listening.getLocalPort();
    }

    /** Has the watching thread do something again and again; it must not throw. */
    public void every(Duration period, Runnable task) {
        watch.scheduleWithFixedDelay(task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void accept(Handler handler) {
        while (!closed) {
            try {
                Socket socket = listening.accept();
                try {
                    makeRoom();
                } catch (InterruptedException e) {
                    socket.close();
                    return;
                }
                serve(socket, handler);
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("a connection could not be taken", e); // too many open files, for instance: others may close theirs
                    pause();
                }
            }
        }
    }

    private void serve(Socket socket, Handler handler) throws IOException {
        Connection connection = new Connection(socket, tls, patience, handler);
        open.add(connection);
        try {
            threads.execute(() -> {
                try {
                    connection.run();
                } catch (RuntimeException e) {
                    LOG.warn("a connection ended for a reason of the server's", e);
                } finally {
                    open.remove(connection);
                    room.release();
                }
            });
        } catch (RejectedExecutionException e) {
            open.remove(connection);
            room.release();
            socket.close();
        }
        if (closed) {
            connection.cutOff();
        }
    }

    private void makeRoom() throws InterruptedException {
        while (!room.tryAcquire(ROOM_MILLIS, TimeUnit.MILLISECONDS)) {
            open.stream().filter(c -> c.idleSince().isPresent()).min(Comparator.comparing(c -> c.idleSince().orElse(Long.MAX_VALUE))).ifPresent(Connection::closeIfIdle);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LONGEST_TICK / 10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends every connection and every thread. */
    @Override
    public void close() {
        closed = true;
        try {
            listening.close();
            if (accepting != null) {
                accepting.interrupt();
                accepting.join(END_MILLIS);
            }
            open.forEach(Connection::cutOff);
            threads.shutdown();
            watch.shutdownNow();
            if (!threads.awaitTermination(END_MILLIS, TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
            for (Thread thread : made) {
                thread.join(END_MILLIS); // an executor that has ended may have threads that have not quite
            }
        } catch (IOException e) {
            LOG.warn("closing the listening socket", e);
        } catch (InterruptedException e) {
            open.forEach(Connection::cutOff);
            threads.shutdownNow();
            watch.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
