package dev.caisson.core.content;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Directories of the store, and how its failures read. */
final class StoreDirectory {
    private StoreDirectory() {}

    /** Makes a directory and those above it; it is 0700 whatever the umask, so that no host user reaches the files of an image. */
    static Fd make(Path directory) {
        try {
            if (directory.getParent() != null) {
                Files.createDirectories(directory.getParent());
            }
        } catch (IOException e) {
            throw new StorageProblem(Stage.PULL, "making " + directory.getParent() + ": " + e, "make it by hand, writable by this user", e);
        }
        return doing("making " + directory, () -> {
            if (FileCalls.mkdiratIfAbsent(Fd.CWD, dev.caisson.linux.PathBytes.of(directory), 0700)) {
                FileCalls.fchmodat2(Fd.CWD, dev.caisson.linux.PathBytes.of(directory), 0700, 0);
            }
            return FileCalls.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0);
        });
    }

    /** Does something; a system call that fails becomes the engine's error, which says what was tried. */
    static <T> T doing(String what, Supplier<T> action) {
        try {
            return action.get();
        } catch (SyscallException e) {
            throw problem(what, e);
        }
    }

    static StorageProblem problem(String what, SyscallException e) {
        String remedy = e.is(Errno.ENOSPC, Errno.EDQUOT) ? "free disk space where the engine's root lies, or remove images"
                : e.is(Errno.EACCES, Errno.EPERM, Errno.EROFS) ? "give this user write access to the engine's root, or choose another one" : "";
        return new StorageProblem(Stage.PULL, what + ": " + e.getMessage(), remedy, e);
    }
}
