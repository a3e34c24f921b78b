package dev.caisson.core.streams;

import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Epoll;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Terminals;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a process's standard input: a pipe, or the master of its terminal. No thread waits in the kernel, so that a writer can be interrupted, and is let go when the process ends
 * without having read. Several may write; each one's bytes stay together.
 */
public final class InputPort implements AutoCloseable {
    /** How long at most a terminal's word that it has room again is relied upon. */
    private static final long LOOK_AGAIN_MS = 100;

    private final Poller poller;
    private final Fd fd;
    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile @Nullable CompletableFuture<Void> waiting;
    private volatile boolean closed;
    private int users;

    /** @param fd this one's from now on; of a terminal, all copies of it become non-blocking */
    public InputPort(Poller poller, Fd fd) {
        this.poller = poller;
        this.fd = fd;
        Pipes.nonBlocking(fd, true);
    }

    /**
     * Writes all of it.
     *
     * @throws IOException if the input is closed, or its process has ended
     */
    public void write(byte[] bytes, int from, int length) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes, from, length);
        try {
            turn.lockInterruptibly();
        } catch (InterruptedException e) {
            throw OutputPipe.interrupted();
        }
        try {
            enter();
            try {
                while (left.hasRemaining()) {
                    if (!some(left)) {
                        awaitRoom();
                    }
                }
            } finally {
                leave();
            }
        } finally {
            turn.unlock();
        }
    }

    private boolean some(ByteBuffer left) throws IOException {
        try {
            FileCalls.write(fd, left);
            return true;
        } catch (SyscallException e) {
            if (e.is(Errno.EAGAIN)) {
                return false;
            }
            throw new IOException(e.is(Errno.EPIPE, Errno.EIO) ? "nobody reads standard input any more" : e.getMessage(), e);
        }
    }

    private void awaitRoom() throws IOException {
        CompletableFuture<Void> room = new CompletableFuture<>();
        waiting = room;
        if (closed) {
            throw over();
        }
        try (Poller.Watch watch = poller.watch(fd, Epoll.EPOLLOUT | Epoll.EPOLLONESHOT, events -> room.complete(null))) {
            room.get(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // a pipe would have said it; a terminal may be asked again
        } catch (InterruptedException e) {
            throw OutputPipe.interrupted();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            waiting = null;
        }
        if (closed) {
            throw over();
        }
    }

    /** Sets the size of the terminal. @throws IOException if it is closed */
    public void resize(int rows, int columns) throws IOException {
        enter();
        try {
            Terminals.setWinsize(fd, new Terminals.Winsize(rows, columns));
        } finally {
            leave();
        }
    }

    private static IOException over() {
        return new IOException("standard input is closed, or its process has ended");
    }

    private synchronized void enter() throws IOException {
        if (closed) {
            throw over();
        }
        users++;
    }

    private synchronized void leave() {
        if (--users == 0 && closed) {
            fd.close();
        }
    }

    /** The end of the input. Whoever writes is let go. Idempotent; waits for nobody. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (users == 0) {
                fd.close();
            }
        }
        CompletableFuture<Void> writer = waiting;
        if (writer != null) {
            writer.complete(null);
        }
    }
}
