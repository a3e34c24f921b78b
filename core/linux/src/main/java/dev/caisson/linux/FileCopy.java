package dev.caisson.linux;

import static dev.caisson.linux.Fcntl.SEEK_DATA;
import static dev.caisson.linux.Fcntl.SEEK_HOLE;
import static dev.caisson.linux.Fcntl.SEEK_SET;

import java.nio.ByteBuffer;

/** The bytes of one regular file: shared blocks where the file system can, else copied in the kernel, else by hand; holes stay holes. */
final class FileCopy {
    private static final int BUFFER = 256 * 1024;

    private FileCopy() {}

    /** @param to an empty file open for writing */
    static void copy(Fd from, Fd to, long size) {
        if (size == 0 || cloned(from, to)) {
            return;
        }
        long at = 0;
        while (at < size) {
            long data = seek(from, at, SEEK_DATA, size);
            long hole = data >= size ? size : seek(from, data, SEEK_HOLE, size);
            segment(from, to, data, hole);
            at = hole;
        }
        FileCalls.ftruncate(to, size);
    }

    private static boolean cloned(Fd from, Fd to) {
        try {
            FileCalls.ficlone(from, to);
            return true;
        } catch (SyscallException e) {
            if (e.is(Errno.EOPNOTSUPP, Errno.EXDEV, Errno.EINVAL, Errno.ENOTTY, Errno.ENOSYS)) {
                return false;
            }
            throw e;
        }
    }

    /** The next data or hole from an offset on; the end of the file if there is none. */
    private static long seek(Fd file, long offset, int whence, long size) {
        try {
            return FileCalls.lseek(file, offset, whence);
        } catch (SyscallException e) {
            if (e.is(Errno.ENXIO)) {
                return size;
            }
            if (e.is(Errno.EINVAL)) {
                return whence == SEEK_DATA ? offset : size;
            }
            throw e;
        }
    }

    private static void segment(Fd from, Fd to, long start, long end) {
        if (start >= end) {
            return;
        }
        FileCalls.lseek(from, start, SEEK_SET);
        FileCalls.lseek(to, start, SEEK_SET);
        long left = end - start;
        try {
            while (left > 0) {
                long done = FileCalls.copyFileRange(from, to, left);
                if (done == 0) {
                    return;
                }
                left -= done;
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.EXDEV, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOSYS)) {
                throw e;
            }
            byHand(from, to, end - left, end);
        }
    }

    private static void byHand(Fd from, Fd to, long start, long end) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        long at = start;
        while (at < end) {
            buffer.clear().limit((int) Math.min(BUFFER, end - at));
            int read = FileCalls.pread(from, buffer, at);
            if (read == 0) {
                return;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                at += FileCalls.pwrite(to, buffer, at);
            }
        }
    }
}
