package dev.caisson.core.streams;

import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Epoll;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;

/**
 * Reads one pipe (or terminal master) into a sink. Everything runs in the poller's turn except {@link #resume}.
 *
 * <p>The end of a stream is the end of its process, not end of file: a descriptor that escaped (to a background process of an exec, over a socket) must not
 * hold up {@code execute()}. When the process is dead everything it wrote is in the pipe, so {@link #finish} reads until it is empty. Not so with a terminal, which the kernel fills a moment
 * later: its count says nothing, but a read that does not wait has it filled first, and says then that there is nothing.
 */
public final class OutputReader {
    /** More than the kernel holds for one (TTYB_DEFAULT_MEM_LIMIT, N_TTY_BUF_SIZE). */
    private static final int TERMINAL = 128 * 1024;

    private final Poller poller;
    private final ByteBuffer buffer;
    private final Fd fd;
    private final Sink sink;
    private final boolean terminal;
    private final Poller.Watch watch;
    private boolean paused;
    private boolean finishing;
    /** Of what was there when the process had died: what others print there after that is nobody's. */
    private long left;
    private boolean ended;
    private Runnable whenEnded = () -> {};

    /**
     * Starts reading.
     *
     * @param buffer used only on the poller thread; may be shared by all readers of a poller
     * @param fd the reader's from now on
     */
    public OutputReader(Poller poller, ByteBuffer buffer, Fd fd, Sink sink) {
        this(poller, buffer, fd, sink, false);
    }

    /** @param terminal whether it is the master of one, which is non-blocking */
    public OutputReader(Poller poller, ByteBuffer buffer, Fd fd, Sink sink, boolean terminal) {
        this.terminal = terminal;
        this.poller = poller;
        this.buffer = buffer;
        this.fd = fd;
        this.sink = sink;
        this.watch = poller.unwatched(fd, events -> {
            if (!ended) {
                readOnce();
            }
        });
        watch.begin(Epoll.EPOLLIN); // its first event ends it, perhaps
    }

    /** Whether there was something. */
    private boolean readOnce() {
        buffer.clear();
        int count;
        try {
            count = FileCalls.read(fd, buffer);
        } catch (SyscallException e) {
            // EIO is how a terminal master tells that nobody has the terminal open any more.
            count = e.is(Errno.EAGAIN) ? -1 : 0;
        }
        if (count == 0) {
            end();
        } else if (count > 0) {
            buffer.flip();
            left -= count;
            if (!sink.accept(buffer)) {
                paused = true;
                watch.events(0);
            }
        }
        return count > 0;
    }

    /** Another descriptor of the same pipe, the caller's. @throws IllegalStateException if it has ended */
    public Fd copy() {
        return fd.dup();
    }

    /** More can be taken. Any thread. */
    public void resume() {
        poller.execute(() -> {
            if (paused && !ended) {
                paused = false;
                watch.events(Epoll.EPOLLIN);
                if (finishing) {
                    drain();
                }
            }
        });
    }

    /** The process is dead: reads what is left, then ends. On the poller thread. */
    public void finish(Runnable then) {
        whenEnded = then;
        finishing = true;
        left = ended ? 0 : terminal ? TERMINAL : Pipes.available(fd);
        if (ended) {
            then.run();
        } else if (!paused) {
            drain();
        }
    }

    private void drain() {
        boolean more = true;
        while (more && left > 0 && !ended && !paused) {
            more = readOnce();
        }
        if (!ended && !paused) {
            end();
        }
    }

    /** Stops reading at once and tells the sink. On the poller thread. Idempotent. */
    public void end() {
        if (ended) {
            return;
        }
        ended = true;
        watch.close();
        fd.close();
        sink.end();
        if (finishing) {
            whenEnded.run();
        }
    }
}
