package dev.caisson.core.volume;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.PathBytes;
import dev.caisson.linux.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which containers have a volume: a symbolic link each to the container's state directory. Once that is gone the link dangles, and counts no more. */
final class VolumeMarks {
    private static final String USERS = "users";

    private VolumeMarks() {}

    static void prepare(Fd volume) {
        FileCalls.mkdirat(volume, USERS, 0700);
    }

    static void set(Fd volume, String container, Path state) {
        try {
            FileCalls.symlinkat(PathBytes.of(state.toAbsolutePath()), volume, USERS + "/" + container);
        } catch (SyscallException e) {
            if (!e.is(Errno.EEXIST)) { // it has the volume at two targets
                throw e;
            }
        }
    }

    static void clear(Fd volume, String container) {
        FileCalls.unlinkatIfPresent(volume, USERS + "/" + container, 0);
    }

    /** The containers that have it; marks of those that are gone are taken away. */
    static List<String> users(Fd volume) {
        List<String> users = new ArrayList<>();
        try (Fd marks = FileCalls.openat(volume, USERS, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            for (Directory.Entry mark : Directory.list(marks)) {
                if (exists(marks, mark.name())) {
                    users.add(mark.name());
                } else {
                    FileCalls.unlinkatIfPresent(marks, mark.name(), 0);
                }
            }
        }
        return users;
    }

    private static boolean exists(Fd marks, String name) {
        try {
            return Files.isDirectory(Path.of(FileCalls.readlinkat(marks, name)));
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return false; // taken away meanwhile
            }
            throw e;
        }
    }
}
