package dev.caisson.logging.file;

import static dev.caisson.linux.Fcntl.SEEK_END;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a log that grows: whole lines are appended, and before the file would exceed its size it is rotated. What is
 * compressed, is so in the background; the next rotation waits for it. Not for several threads.
 */
public final class RotatingFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RotatingFile.class);
    private static final int BLOCK = 64 * 1024;

    private final LogFiles files;
    private final long maxSize;
    private final int maxFiles;
    private final boolean compress;
    private @Nullable Fd file;
    private long size = -1;
    private boolean closed;
    private CompletableFuture<@Nullable Void> compression = CompletableFuture.completedFuture(null);

    /**
     * Opens the log; it is not changed before the first line.
     *
     * @param maxSize bytes in a file, -1 for no limit; a single longer line has a file of its own
     * @param maxFiles files kept, that which is written included
     * @param compress whether all others are compressed
     */
    public RotatingFile(LogFiles files, long maxSize, int maxFiles, boolean compress) {
        this.files = files;
        this.maxSize = maxSize;
        this.maxFiles = maxFiles;
        this.compress = compress;
        this.file = files.openCurrent();
    }

    /**
     * Appends all that remains in the buffer, or nothing.
     *
     * @param line ends with a newline
     */
    public void append(ByteBuffer line) throws IOException {
        if (closed) {
            throw new IOException("writing the log " + files.path() + ": it is closed");
        }
        try {
            Fd to = ready(line.remaining());
            try {
                int length = line.remaining();
                FileCalls.writeAll(to, line);
                size += length;
            } catch (SyscallException e) {
                // What was written of the line would make one with the next.
                FileCalls.ftruncate(to, size);
                throw e;
            }
        } catch (SyscallException e) {
            throw new IOException("writing the log " + files.path() + ": " + e.getMessage() + remedy(e), e);
        }
    }

    private static String remedy(SyscallException e) {
        return e.is(Errno.ENOSPC, Errno.EDQUOT) ? ". Remedy: free space on that file system, or limit logs with max-size and max-file" : "";
    }

    /** The file that has room for so many bytes. */
    private Fd ready(int length) {
        Fd current = file;
        if (current == null) {
            current = files.openCurrent();
            file = current;
            size = -1;
        }
        if (size < 0) {
            size = repaired(current);
        }
        if (maxSize > 0 && size > 0 && size + length > maxSize) {
            current = rotate(current);
        }
        return current;
    }

    private Fd rotate(Fd full) {
        compression.join();
        file = null;
        full.close();
        files.shift(maxFiles - 1);
        Fd next = files.createCurrent();
        file = next;
        size = 0;
        if (compress && maxFiles > 1) {
            compression = new CompletableFuture<>();
            Thread thread = new Thread(this::compressNewest, "caisson-log-gzip");
            thread.setDaemon(true);
            thread.start();
        }
        return next;
    }

    private void compressNewest() {
        try {
            files.compressNewest();
        } catch (IOException | RuntimeException e) {
            LOG.warn("{}.1 stays uncompressed: {}", files.path(), e.getMessage());
        } finally {
            compression.complete(null);
        }
    }

    /** Cuts off the beginning of a line that a crash left at the end; returns the size. */
    private static long repaired(Fd file) {
        long end = FileCalls.lseek(file, 0, SEEK_END);
        long good = end;
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        while (good > 0) {
            long from = Math.max(0, good - BLOCK);
            block.clear().limit((int) (good - from));
            FileCalls.pread(file, block, from);
            int last = block.position() - 1;
            while (last >= 0 && block.get(last) != '\n') {
                last--;
            }
            good = from + last + 1;
            if (last >= 0) {
                break;
            }
        }
        if (good < end) {
            FileCalls.ftruncate(file, good);
        }
        return good;
    }

    /** Waits for the compression and closes. Idempotent. */
    @Override
    public void close() {
        closed = true;
        compression.join();
        Fd open = file;
        file = null;
        if (open != null) {
            open.close();
        }
    }
}
