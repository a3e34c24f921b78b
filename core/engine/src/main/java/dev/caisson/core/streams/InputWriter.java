package dev.caisson.core.streams;

import dev.caisson.Stdin;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.SyscallException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process's standard input. What fits a pipe is written before the process starts, so that the common cases need no thread; else a worker copies until
 * the end, or until the process is dead (EPIPE).
 */
public final class InputWriter {
    private static final int PIPE_CAPACITY = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private InputWriter() {}

    /**
     * The descriptor the process gets; the caller closes it after the launch.
     *
     * @param stdin not Open, which an {@link InputPort} is for
     * @param nothing what a process without standard input reads
     * @param workers run the copying of what does not fit a pipe
     */
    public static Fd open(Stdin stdin, NullDevice nothing, Executor workers) {
        if (stdin instanceof Stdin.None) {
            return nothing.open(Fcntl.O_RDONLY);
        }
        Pipes.Pipe pipe = Pipes.pipe2(0);
        if (stdin instanceof Stdin.Bytes given && given.bytes().length <= PIPE_CAPACITY) {
            try (Fd write = pipe.write()) {
                FileCalls.writeAll(write, ByteBuffer.wrap(given.bytes()));
            }
        } else if (stdin instanceof Stdin.Bytes given) {
            workers.execute(() -> copy(pipe.write(), ByteBuffer.wrap(given.bytes())));
        } else if (stdin instanceof Stdin.Stream given) {
            workers.execute(() -> copy(pipe.write(), given.stream()));
        }
        return pipe.read();
    }

    /** Copies to a terminal, which has no end of file. */
    public static void into(InputPort to, Stdin stdin, Executor workers) {
        if (stdin instanceof Stdin.Bytes given) {
            workers.execute(() -> type(to, new ByteArrayInputStream(given.bytes())));
        } else if (stdin instanceof Stdin.Stream given) {
            workers.execute(() -> type(to, given.stream()));
        }
    }

    private static void type(InputPort to, InputStream from) {
        byte[] buffer = new byte[8192];
        try (from) {
            for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                to.write(buffer, 0, n);
            }
        } catch (RuntimeException | IOException e) {
            LOG.debug("what is typed ends: {}", e.toString()); // the process has ended; or the stream was closed then; or it failed
        }
    }

    private static void copy(Fd to, ByteBuffer bytes) {
        try (to) {
            FileCalls.writeAll(to, bytes);
        } catch (SyscallException e) {
            // EPIPE: the process does not want the rest
        }
    }

    private static void copy(Fd to, InputStream from) {
        byte[] buffer = new byte[8192];
        try (to; from) {
            for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                FileCalls.writeAll(to, ByteBuffer.wrap(buffer, 0, n));
            }
        } catch (RuntimeException | IOException e) {
            LOG.debug("standard input ends: {}", e.toString()); // EPIPE: nobody wants the rest; or the stream was closed at the container's end; or it failed
        }
    }
}
