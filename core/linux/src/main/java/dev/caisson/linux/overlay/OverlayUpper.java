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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

    /** What an entry takes in memory besides its path, about. */
    private static final int ENTRY_COST = 128;
    private static final long MOST = 256L << 20;

    private final Fd upper;
    private final long limit;
    private final List<Entry> entries = new ArrayList<>();
    private long held;

    private OverlayUpper(Fd upper, long limit) {
        this.upper = upper;
        this.limit = limit;
    }

    /**
     * All changes, sorted by path.
     *
     * @param upper the upper directory; may be an O_PATH descriptor
     * @param lower the root of what the mount has below it
     * @throws SyscallException EOVERFLOW if they take more memory than an eighth of the heap, or 256 MiB: whoever writes them decides how many there are
     */
    public static List<Entry> walk(Fd upper, Lower lower) {
        return walk(upper, lower, Math.min(MOST, Runtime.getRuntime().maxMemory() / 8));
    }

    static List<Entry> walk(Fd upper, Lower lower, long limit) {
        OverlayUpper walk = new OverlayUpper(upper, limit);
        walk.from(lower);
        walk.entries.sort(Comparator.comparing(Entry::path));
        return walk.entries;
    }

    /** A directory that is being read: its entries are, those of the directories in it not yet. */
    private static final class Level {
        final String path;
        final Lower lower;
        final Map<String, Stat> directories = new LinkedHashMap<>();
        /** Nothing of the layers below shows through: it is opaque, or in an opaque directory. */
        boolean opaque;
        /** How many changes there were before those in it. */
        int before;
        /** To be recorded if anything in it changed. */
        @Nullable Entry pending;

        Level(String path, Lower lower, boolean opaque) {
            this.path = path;
            this.lower = lower;
            this.opaque = opaque;
        }
    }

    /** A stack of its own: a container may nest directories deeper than that of a thread. */
    private void from(Lower lower) {
        Deque<Level> levels = new ArrayDeque<>();
        levels.push(read(new Level("", lower, false)));
        while (!levels.isEmpty()) {
            Level level = levels.peek();
            Iterator<Map.Entry<String, Stat>> rest = level.directories.entrySet().iterator();
            if (rest.hasNext()) {
                Map.Entry<String, Stat> next = rest.next();
                rest.remove();
                levels.push(descend(level, next.getKey(), next.getValue()));
            } else {
                levels.pop();
                if (level.pending != null && entries.size() > level.before) {
                    add(level.pending);
                }
            }
        }
    }

    /** Records what is no directory. The descriptor is closed before going down: depth costs none. */
    private Level read(Level level) {
        level.before = entries.size();
        try (Fd directory = open(level.path)) {
            level.opaque |= Whiteouts.isOpaque(directory);
            Set<String> own = new HashSet<>();
            for (Iterator<Directory.Entry> all = Directory.entries(directory); all.hasNext(); ) {
                String name = all.next().name();
                if (level.opaque) {
                    hold(name);
                    own.add(name);
                }
                Optional<Stat> stat = FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW);
                if (stat.isPresent() && stat.get().isDirectory()) {
                    hold(name);
                    level.directories.put(name, stat.get());
                } else if (stat.isPresent()) {
                    file(level, name, Whiteouts.isWhiteout(directory, name, stat.get()));
                }
            }
            if (level.opaque) {
                // What the layers below have in it is deleted, unless the upper directory has it again.
                level.lower.names().stream().filter(name -> !own.contains(name)).forEach(name -> add(Kind.DELETED, level, name));
            }
        } catch (SyscallException e) {
            // Of a running container: it is gone again, or too deep to be named.
            if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG)) {
                throw e;
            }
        }
        return level;
    }

    private Fd open(String path) {
        return FileCalls.openat2(
                upper, path.isEmpty() ? "." : path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    private void file(Level level, String name, boolean whiteout) {
        boolean present = level.lower.lookup(name).isPresent();
        if (!whiteout) {
            add(present ? Kind.CHANGED : Kind.ADDED, level, name);
        } else if (present) {
            add(Kind.DELETED, level, name);
        }
    }

    private Level descend(Level above, String name, Stat is) {
        Optional<Stat> was = above.lower.lookup(name);
        boolean merges = was.isPresent() && was.get().isDirectory();
        if (was.isEmpty()) {
            add(Kind.ADDED, above, name);
        } else if (!merges || differs(is, was.get())) {
            add(Kind.CHANGED, above, name);
        }
        Level level = new Level(child(above, name), merges ? above.lower.enter(name) : Lower.NOTHING, above.opaque);
        if (merges && !differs(is, was.get())) {
            level.pending = new Entry(Kind.CHANGED, "/" + level.path);
        }
        return read(level);
    }

    private static boolean differs(Stat is, Stat was) {
        return is.mode() != was.mode() || is.uid() != was.uid() || is.gid() != was.gid()
                || is.mtimeSec() != was.mtimeSec() || is.mtimeNsec() != was.mtimeNsec();
    }

    private void add(Kind kind, Level in, String name) {
        add(new Entry(kind, "/" + child(in, name)));
    }

    private void add(Entry entry) {
        hold(entry.path());
        entries.add(entry);
    }

    /** Counted also for what is let go later: a bound, not a balance. */
    private void hold(String text) {
        held += ENTRY_COST + text.length();
        if (held > limit) {
            throw new SyscallException("getdents64", upper.toString(), Errno.EOVERFLOW, "the changes take more than " + limit + " bytes of memory");
        }
    }

    private static String child(Level in, String name) {
        return in.path.isEmpty() ? name : in.path + "/" + name;
    }
}
