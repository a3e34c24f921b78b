package dev.caisson.core.detach;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/** Reads what a guard has kept of a container's output (protocol.h: {@code struct spooled}). Whatever is in the file, no more than a chunk is held in memory. */
public final class SpoolReader {
    static final int HEADER = 16;
    static final int MOST = 64 << 10;

    /** Takes a piece of output. */
    public interface Sink {
        /** @param stream 0 stdout, 1 stderr */
        void accept(int stream, byte[] bytes, Instant when);
    }

    private SpoolReader() {}

    /**
     * From the beginning to the end, or to the first record that no guard writes.
     *
     * @return how many bytes at the end are not understood
     */
    public static long read(Fd file, Sink sink) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        long size = FileCalls.fstat(file).size();
        for (long at = 0; at < size;) {
            if (!fill(file, header.clear(), at)) {
                return size - at;
            }
            long nanos = header.getLong(0);
            int length = header.getInt(8);
            int stream = header.getInt(12);
            if (length <= 0 || length > MOST || stream < 0 || stream > 1 || nanos < 0 || length > size - at - HEADER) {
                return size - at;
            }
            ByteBuffer bytes = ByteBuffer.allocate(length);
            if (!fill(file, bytes, at + HEADER)) {
                return size - at;
            }
            sink.accept(stream, bytes.array(), Instant.ofEpochSecond(nanos / 1_000_000_000, nanos % 1_000_000_000));
            at += HEADER + length;
        }
        return 0;
    }

    private static boolean fill(Fd file, ByteBuffer into, long at) {
        while (into.hasRemaining()) {
            if (FileCalls.pread(file, into, at + into.position()) <= 0) {
                return false;
            }
        }
        return true;
    }
}
