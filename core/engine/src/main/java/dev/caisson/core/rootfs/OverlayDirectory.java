package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import dev.caisson.linux.Xattrs;
import dev.caisson.linux.overlay.LowerLayers;
import dev.caisson.linux.overlay.OverlayUpper;
import dev.caisson.linux.overlay.Whiteouts;
import dev.caisson.spi.storage.MountSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A copy-on-write view of one directory of the host: it is the lower layer, and what is written goes to a private upper one. */
final class OverlayDirectory {
    private static final int DIRECTORY_MODE = 0755;
    /** Whom the kernel names where a user namespace does not map an owner (user_namespaces(7)). */
    private static final int NOBODY = 65534;
    /**
     * What the kernel's build may have switched on, switched off. A directory of the host may carry xattrs of an overlay that somebody else made up:
     * {@code nofollow} and not {@code off}, which still follows redirects that are there.
     */
    private static final List<MountSpec.Option> OPTIONS = List.of(new MountSpec.Option("redirect_dir", "nofollow", null),
            new MountSpec.Option("metacopy", "off", null), new MountSpec.Option("index", "off", null),
            new MountSpec.Option("volatile", null, null)); // the upper ends with its container: nothing of it needs to reach the disk

    private final Path lower;
    private final List<Path> lowers;
    private final Fd state;
    private final Path upper;
    private final String name;

    /**
     * @param below further layers below it, of which nothing is ever a change
     * @param state the container's directory on disk
     * @param name tells the uppers of one container apart
     */
    OverlayDirectory(Path lower, List<Path> below, Fd state, Path statePath, String name) {
        this.lower = lower;
        this.lowers = Stream.concat(Stream.of(lower), below.stream()).toList();
        this.name = name;
        this.state = state;
        this.upper = statePath.resolve("upper" + name);
        FileCalls.mkdirat(state, "upper" + name, DIRECTORY_MODE);
        FileCalls.mkdirat(state, "work" + name, 0700);
    }

    /** The detached overlay, seen through a user namespace if one is given. The root directory of the view looks like the lower one: same owner and mode. */
    Fd mount(@Nullable SeenBy users) {
        Stat wanted = look(Fd.CWD, lower.toString(), 0);
        Stat made = look(state, upper.getFileName().toString(), Fcntl.AT_SYMLINK_NOFOLLOW);
        if (wanted.uid() != made.uid() || wanted.gid() != made.gid() || wanted.mode() != made.mode()) { // also where the JVM's umask took bits away
            alike(wanted, made);
        }
        return DetachedMounts.make(MountSpec.overlay(lowers, upper, upper.resolveSibling("work" + name), OPTIONS), users);
    }

    /**
     * What of it will not work. An ordinary user's overlay marks a directory that replaces another by a {@code user.*} attribute, which not every file system keeps (tmpfs: since
     * Linux 6.6); without it the kernel answers EIO to who makes one.
     */
    List<String> warnings(String what) {
        if (!Worker.present()) {
            return List.of();
        }
        try {
            Xattrs.lsetxattr(state, "work" + name, Whiteouts.opaque() + ".caisson.probe", new byte[] {'y'}, 0);
            return List.of();
        } catch (SyscallException e) {
            if (!e.is(Errno.EOPNOTSUPP)) {
                throw e;
            }
            return List.of(what + ": a directory cannot be made inside where another was deleted (EIO), since the file system of " + upper.getParent() + " keeps no user.* attributes: "
                    + "put the engine's root on ext4, xfs or btrfs, or on tmpfs of Linux 6.6, by Engine.builder().root(…) or CAISSON_ROOT");
        }
    }

    private static Stat look(Fd directory, String name, int flags) {
        Stat stat = FileCalls.fstatat(directory, name, flags);
        if (!stat.isDirectory()) {
            throw new SyscallException("openat", name, Errno.ENOTDIR);
        }
        return stat;
    }

    private void alike(Stat wanted, Stat made) {
        try (Fd to = FileCalls.openat(state, upper.getFileName().toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            if (wanted.uid() != made.uid() || wanted.gid() != made.gid()) {
                give(to, wanted);
            }
            if (wanted.mode() != made.mode()) {
                FileCalls.fchmodat2(to, ".", wanted.mode() & 07777, 0);
            }
        }
    }

    private static void give(Fd upper, Stat wanted) {
        try {
            FileCalls.fchownat(upper, "", wanted.uid(), wanted.gid(), Fcntl.AT_EMPTY_PATH);
        } catch (SyscallException e) {
            if (!Worker.present() || !e.is(Errno.EINVAL)) {
                throw e; // else it belongs to nobody whom an ordinary user's containers have
            }
        }
    }

    /**
     * Makes the directories of the upper layer that lead to one of the caller's: overlayfs cannot copy up, for an ordinary user, what belongs to another (EOVERFLOW),
     * and so nothing in what lies below.
     *
     * @param directory below the lower one
     */
    void reach(Path directory) {
        try (SafeRoot from = SafeRoot.open(lower); SafeRoot to = SafeRoot.open(upper)) {
            String path = "";
            for (Path name : lower.relativize(directory)) {
                path = path.isEmpty() ? name.toString() : path + "/" + name;
                Optional<Stat> is = from.stat(path, true);
                if (is.isEmpty() || !is.get().isDirectory() || is.get().uid() != NOBODY) {
                    return;
                }
                try (Fd parent = to.openParent(path)) {
                    if (FileCalls.mkdiratIfAbsent(parent, name.toString(), DIRECTORY_MODE)) {
                        try (Fd made = FileCalls.openat(parent, name.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                            give(made, is.get());
                            FileCalls.fchmodat2(made, ".", is.get().mode() & 07777, 0);
                            FileCalls.utimensat(made, "", is.get().atimeSec(), is.get().atimeNsec(), is.get().mtimeSec(), is.get().mtimeNsec(), Fcntl.AT_EMPTY_PATH);
                        }
                    }
                }
            }
        }
    }

    /** What was changed, with a prefix before each path. */
    List<Change> changes(String prefix) {
        try (Fd directory = FileCalls.open(upper, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0); LowerLayers layers = LowerLayers.open(List.of(lower))) {
            return OverlayUpper.walk(directory, layers.root()).stream().map(e -> new Change(switch (e.kind()) {
                case ADDED -> Change.Kind.ADDED;
                case CHANGED -> Change.Kind.CHANGED;
                case DELETED -> Change.Kind.DELETED;
            }, prefix + e.path())).toList();
        }
    }
}
