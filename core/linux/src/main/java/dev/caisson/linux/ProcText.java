package dev.caisson.linux;

import java.nio.ByteBuffer;
import java.util.List;

/** Small text files of proc: their size is 0 there, so they are read to the end. */
final class ProcText {
    private static final int LARGEST = 64 * 1024;

    private ProcText() {}

    /** The lines, none if the file is absent or may not be read. */
    static List<String> lines(String path) {
        try (Fd file = FileCalls.open(path, Fcntl.O_RDONLY, 0)) {
            ByteBuffer text = ByteBuffer.allocate(LARGEST);
            while (text.hasRemaining() && FileCalls.read(file, text) > 0) {
                // to the end
            }
            return PathBytes.decode(text.array(), 0, text.position()).lines().toList();
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.EACCES, Errno.EPERM)) {
                return List.of();
            }
            throw e;
        }
    }
}
