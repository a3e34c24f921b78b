package dev.caisson.linux.overlay;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.RESOLVE_BENEATH;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_SYMLINKS;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.PathBytes;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads from the upper directory of an overlay mount what was changed through it, without comparing whole trees.
 *
 * <p>A directory is copied up for every change below it. As in {@code docker diff} it counts as changed when its owner, mode
 * or time differ or anything in it did, the root itself excepted. The upper directory is hostile: names are one component
 * each, no symbolic link is followed, and what lies deeper than a path can name (PATH_MAX, 4096 bytes) is covered by the
 * deepest directory that can be named.
 */
public final class OverlayUpper {
    /** What happened to a path. */
    public enum Kind { ADDED, CHANGED, DELETED }

    /** @param path absolute in the mount; bytes that are not UTF-8 as {@link PathBytes} writes them */
    public record Entry(Kind kind, String path) {}

    private final Fd upper;
    private final List<Entry> entries = new ArrayList<>();

    private OverlayUpper(Fd upper) {
        this.upper = upper;
    }

    /**
     * All changes, sorted by path.
     *
     * @param upper the upper directory; may be an O_PATH descriptor
     * @param lower the root of what the mount has below it
     */
    public static List<Entry> walk(Fd upper, Lower lower) {
        OverlayUpper walk = new OverlayUpper(upper);
        walk.directory("", lower, true);
        walk.entries.sort(Comparator.comparing(Entry::path));
        return walk.entries;
    }

    /**
     * @param merged false below an opaque directory, where nothing of the lower directory shows through
     * @return whether anything in the directory changed
     */
    private boolean directory(String path, Lower lower, boolean merged) {
        int before = entries.size();
        try {
            Listing listing = list(path, lower, merged);
            for (String name : listing.directories()) {
                descend(path, name, lower, !listing.opaque());
            }
        } catch (SyscallException e) {
            // Of a running container: it is gone again, or too deep to be named.
            if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG)) {
                throw e;
            }
        }
        return entries.size() > before;
    }

    private record Listing(boolean opaque, List<String> directories) {}

    /** Records all but the directories. The descriptor is closed before going down: depth costs none. */
    private Listing list(String path, Lower lower, boolean merged) {
        try (Fd directory = open(path)) {
            boolean opaque = !merged || Whiteouts.isOpaque(directory);
            List<Directory.Entry> own = Directory.list(directory);
            List<String> directories = new ArrayList<>();
            for (Directory.Entry entry : own) {
                String name = entry.name();
                Optional<Stat> stat = FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW);
                if (stat.isPresent() && stat.get().isDirectory()) {
                    directories.add(name);
                } else if (stat.isPresent()) {
                    file(path, name, Whiteouts.isWhiteout(directory, name, stat.get()), lower);
                }
            }
            if (opaque) {
                hidden(path, own, lower);
            }
            return new Listing(opaque, directories);
        }
    }

    private Fd open(String path) {
        return FileCalls.openat2(
                upper, path.isEmpty() ? "." : path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    private void file(String path, String name, boolean whiteout, Lower lower) {
        boolean present = lower.lookup(name).isPresent();
        if (!whiteout) {
            add(present ? Kind.CHANGED : Kind.ADDED, path, name);
        } else if (present) {
            add(Kind.DELETED, path, name);
        }
    }

    private void descend(String path, String name, Lower lower, boolean merged) {
        Optional<Stat> was = lower.lookup(name);
        boolean wasDirectory = was.isPresent() && was.get().isDirectory();
        String child = path.isEmpty() ? name : path + "/" + name;
        Optional<Stat> is = stat(path, name);
        boolean inside = is.isPresent() && directory(child, wasDirectory ? lower.enter(name) : Lower.NOTHING, merged);
        if (was.isEmpty()) {
            entries.add(new Entry(Kind.ADDED, "/" + child));
        } else if (inside || !wasDirectory || is.isEmpty() || differs(is.get(), was.get())) {
            entries.add(new Entry(Kind.CHANGED, "/" + child));
        }
    }

    private Optional<Stat> stat(String path, String name) {
        try (Fd directory = open(path)) {
            return FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW);
        }
    }

    private static boolean differs(Stat is, Stat was) {
        return is.mode() != was.mode() || is.uid() != was.uid() || is.gid() != was.gid()
                || is.mtimeSec() != was.mtimeSec() || is.mtimeNsec() != was.mtimeNsec();
    }

    /** What the layers below have in an opaque directory is deleted, unless the upper directory has it again. */
    private void hidden(String path, List<Directory.Entry> own, Lower lower) {
        Set<String> kept = own.stream().map(Directory.Entry::name).collect(Collectors.toSet());
        lower.names().stream().filter(name -> !kept.contains(name)).forEach(name -> add(Kind.DELETED, path, name));
    }

    private void add(Kind kind, String path, String name) {
        entries.add(new Entry(kind, path.isEmpty() ? "/" + name : "/" + path + "/" + name));
    }
}
