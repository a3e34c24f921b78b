package dev.caisson.core.layer;

import dev.caisson.Change;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was changed in a tree that began as a copy of another, for storage drivers that keep no record of it. As docker does, a file whose type, owner, mode, size, time,
 * link and device are what they were counts as unchanged; a directory counts as changed when something in it did.
 */
public final class TreeChanges {
    private final List<Change> changes = new ArrayList<>();

    private TreeChanges() {}

    /**
     * All changes, sorted by path.
     *
     * @param before what it was; null if it was empty
     */
    public static List<Change> of(@Nullable SafeRoot before, SafeRoot now) {
        TreeChanges found = new TreeChanges();
        try (Fd is = now.open(".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            if (before == null) {
                found.compare(null, is, "");
            } else {
                try (Fd was = before.open(".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
                    found.compare(was, is, "");
                }
            }
        }
        found.changes.sort(null);
        return found.changes;
    }

    private void compare(@Nullable Fd was, Fd is, String path) {
        Map<String, Stat> old = new HashMap<>();
        if (was != null) {
            Directory.list(was).forEach(e -> FileCalls.fstatatIfPresent(was, e.name(), Fcntl.AT_SYMLINK_NOFOLLOW).ifPresent(s -> old.put(e.name(), s)));
        }
        for (Directory.Entry entry : Directory.list(is)) {
            Optional<Stat> stat = FileCalls.fstatatIfPresent(is, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW);
            if (stat.isEmpty()) {
                continue; // it went in this moment
            }
            Stat before = old.remove(entry.name());
            String child = path + "/" + entry.name();
            int known = changes.size();
            if (stat.get().isDirectory()) {
                inside(before != null && before.isDirectory() ? was : null, is, entry.name(), child);
            }
            if (before == null) {
                changes.add(new Change(Change.Kind.ADDED, child));
            } else if (changes.size() > known || differs(java.util.Objects.requireNonNull(was), before, is, stat.get(), entry.name())) {
                changes.add(new Change(Change.Kind.CHANGED, child));
            }
        }
        old.keySet().forEach(gone -> changes.add(new Change(Change.Kind.DELETED, path + "/" + gone)));
    }

    private void inside(@Nullable Fd was, Fd is, String name, String path) {
        int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
        try (Fd b = FileCalls.openat(is, name, flags, 0)) {
            if (was == null) {
                compare(null, b, path);
                return;
            }
            try (Fd a = FileCalls.openat(was, name, flags, 0)) {
                compare(a, b, path);
            }
        }
    }

    private static boolean differs(Fd was, Stat a, Fd is, Stat b, String name) {
        if (a.type() != b.type() || a.permissions() != b.permissions() || a.uid() != b.uid() || a.gid() != b.gid()) {
            return true;
        }
        boolean same = switch (a.type()) {
            case Fcntl.S_IFDIR -> true;
            case Fcntl.S_IFLNK -> FileCalls.readlinkat(was, name).equals(FileCalls.readlinkat(is, name));
            case Fcntl.S_IFCHR, Fcntl.S_IFBLK -> a.rdevMajor() == b.rdevMajor() && a.rdevMinor() == b.rdevMinor();
            default -> a.size() == b.size();
        };
        boolean timed = a.mtimeSec() == b.mtimeSec() && a.mtimeNsec() == b.mtimeNsec();
        return !same || !timed || a.type() != Fcntl.S_IFLNK && !attributes(was, name).equals(attributes(is, name));
    }

    private static Map<String, String> attributes(Fd directory, String name) {
        Map<String, String> all = new HashMap<>();
        LayerPacker.xattrs(directory, name).forEach((key, value) -> all.put(key, Arrays.toString(value)));
        return all;
    }
}
