package dev.caisson.core.volume;

import dev.caisson.UserNamespace;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.TreeCopy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fills an empty volume with what the root file system has where it is mounted, as docker does. All is copied beside it first and then moved into it, name by name: a JVM
 * that dies leaves an empty volume, or one that the next start completes. Nothing that is in a volume is ever removed or replaced.
 */
public final class CopyUp {
    private static final String LOCK = "fill.lock";
    private static final String PART = "fill.part";
    private static final String WHOLE = "fill";
    private static final int OPEN = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;

    private final Fd volume;
    private final Fd data;

    private CopyUp(Fd volume, Fd data) {
        this.volume = volume;
        this.data = data;
    }

    /**
     * Fills it, if it is empty and there is something to fill it with.
     *
     * @param volume its own directory
     * @param root the container's root file system, which does not change meanwhile
     * @param target a path in it; what is no directory is no content
     * @param users of the container's user namespace: the volume keeps their numbers as they are inside; null for none
     */
    public static void fill(Fd volume, Fd root, String target, UserNamespace.@Nullable Mapped users) {
        VolumeStore.doing("filling a volume from " + target, () -> {
            try (Fd data = FileCalls.openat(volume, VolumeStore.DATA, OPEN, 0)) {
                CopyUp copy = new CopyUp(volume, data);
                if (copy.isWhole() || Directory.list(data).isEmpty()) {
                    copy.alone(root, target, users == null ? TreeCopy.Owners.SAME : inside(users));
                }
                return target;
            }
        });
    }

    private boolean isWhole() {
        return FileCalls.fstatatIfPresent(volume, WHOLE, Fcntl.AT_SYMLINK_NOFOLLOW).isPresent();
    }

    /** Who comes while another fills it waits, and finds it filled. */
    private void alone(Fd root, String target, TreeCopy.Owners owners) {
        try (Fd lock = FileCalls.openat(volume, LOCK, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0600)) {
            OfdLock.lock(lock, OfdLock.Mode.EXCLUSIVE);
            if (!isWhole() && Directory.list(data).isEmpty()) {
                content(root, target).ifPresent(source -> copy(source, owners));
            }
            if (isWhole()) {
                move();
            }
        }
    }

    private static Optional<Fd> content(Fd root, String target) {
        try (SafeRoot confined = SafeRoot.of(root.dup())) {
            return Optional.of(confined.open(target, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0));
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void copy(Fd source, TreeCopy.Owners owners) {
        try (source) {
            removeTree(PART);
            FileCalls.mkdirat(volume, PART, 0700);
            try (Fd part = FileCalls.openat(volume, PART, OPEN, 0)) {
                TreeCopy.copy(source, part, owners);
                FileCalls.syncfs(part); // the bytes before the name that says they are all there
            }
            FileCalls.renameat2(volume, PART, volume, WHOLE, 0);
        }
    }

    private void move() {
        try (Fd whole = FileCalls.openat(volume, WHOLE, OPEN, 0)) {
            Stat stat = FileCalls.fstat(whole);
            FileCalls.fchownat(data, "", stat.uid(), stat.gid(), Fcntl.AT_EMPTY_PATH);
            FileCalls.fchmodat2(data, "", stat.permissions(), Fcntl.AT_EMPTY_PATH);
            for (Directory.Entry entry : Directory.list(whole)) {
                try {
                    FileCalls.renameat2(whole, entry.name(), data, entry.name(), Fcntl.RENAME_NOREPLACE);
                } catch (SyscallException e) {
                    if (!e.is(Errno.EEXIST)) { // a container that runs was quicker
                        throw e;
                    }
                }
            }
        }
        removeTree(WHOLE);
        FileCalls.fsync(data);
    }

    private void removeTree(String name) {
        if (FileCalls.fstatatIfPresent(volume, name, Fcntl.AT_SYMLINK_NOFOLLOW).isPresent()) {
            try (SafeRoot root = SafeRoot.of(volume.dup())) {
                root.removeTree(name);
            }
        }
    }

    /** The number inside of whom the host knows by another; whoever is not mapped keeps his number. */
    private static TreeCopy.Owners inside(UserNamespace.Mapped users) {
        return new TreeCopy.Owners() {
            @Override
            public int user(int user) {
                return inside(users.users(), user);
            }

            @Override
            public int group(int group) {
                return inside(users.groups(), group);
            }
        };
    }

    private static int inside(Iterable<UserNamespace.Range> ranges, int outside) {
        long id = outside & 0xffffffffL;
        for (UserNamespace.Range range : ranges) {
            if (id >= range.outside() && id < range.outside() + range.size()) {
                return (int) (range.inside() + id - range.outside());
            }
        }
        return outside;
    }
}
