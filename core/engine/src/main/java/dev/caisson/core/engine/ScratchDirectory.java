package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A new directory in {@code java.io.tmpdir} that is nobody else's, and goes with all that is in it. */
final class ScratchDirectory implements AutoCloseable {
    private static final int DEPTH = 100;

    private final Path path;

    private ScratchDirectory(Path path) {
        this.path = path;
    }

    static ScratchDirectory make() {
        try {
            return new ScratchDirectory(Files.createTempDirectory("caisson-sandbox-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))).toRealPath());
        } catch (IOException e) {
            throw new EngineProblem(Stage.ROOTFS, "could not make a directory for the sandbox in " + System.getProperty("java.io.tmpdir") + ": " + e, "give another -Djava.io.tmpdir=…", e);
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        try (SafeRoot parent = SafeRoot.open(path.getParent())) {
            String name = path.getFileName().toString();
            for (int i = 0; i < DEPTH; i++) {
                try {
                    parent.removeTree(name);
                    return;
                } catch (SyscallException e) {
                    if (!e.is(Errno.EACCES, Errno.EPERM)) {
                        throw e;
                    }
                    open(parent, name);
                }
            }
        }
    }

    /** A directory without permissions, even for its owner, cannot be emptied: gives them back, one level deeper with each try. */
    private static void open(SafeRoot parent, String name) {
        try (Fd directory = FileCalls.openat(parent.fd(), name, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            give(directory, DEPTH);
        }
    }

    private static void give(Fd directory, int depth) {
        FileCalls.fchmodat2(directory, "", 0700, Fcntl.AT_EMPTY_PATH);
        try (Fd list = FileCalls.openat(directory, ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            for (dev.caisson.linux.Directory.Entry entry : dev.caisson.linux.Directory.list(list)) {
                if (depth > 0 && FileCalls.fstatat(list, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW).isDirectory()) {
                    try (Fd child = FileCalls.openat(list, entry.name(), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                        give(child, depth - 1);
                    }
                }
            }
        }
    }
}
