package dev.caisson.core.layer;

import dev.caisson.core.layer.DirectoryCache.Parent;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.Xattrs;
import dev.caisson.spi.storage.LayerDraft;
import java.util.List;
import java.util.Optional;

/**
 * Deletions of a layer (OCI image spec, layer.md "Whiteouts"): {@code .wh.NAME} deletes NAME of the layers below, {@code .wh..wh..opq} all that a directory has
 * from below. Neither touches what this layer brings itself, before or after.
 *
 * <p>Other names that begin with {@code .wh..wh.} are aufs's bookkeeping and are skipped, as docker does. Only the last component of a name counts.
 */
final class Whiteouts {
    static final String PREFIX = ".wh.";
    static final String META = ".wh..wh.";
    static final String OPAQUE = ".wh..wh..opq";
    static final byte[] YES = {'y'};

    private final SafeRoot root;
    private final LayerDraft.Whiteouts mode;
    private final DirectoryCache directories;
    private final Fault fault;
    /** What this layer has brought; kept where whiteouts delete from the merged tree. */
    private final PathSet brought = new PathSet();

    Whiteouts(SafeRoot root, LayerDraft.Whiteouts mode, DirectoryCache directories, Fault fault) {
        this.root = root;
        this.mode = mode;
        this.directories = directories;
        this.fault = fault;
    }

    /** Notes that the layer has an entry of that name, and so all directories above it. */
    void brought(String path) {
        if (mode == LayerDraft.Whiteouts.REMOVE) {
            brought.add(path);
            for (String up = EntryName.parent(path); !up.isEmpty() && !brought.contains(up); up = EntryName.parent(up)) {
                brought.add(up);
            }
        }
    }

    /** Whether the name is a whiteout or bookkeeping, which is dealt with here. */
    boolean apply(String path) {
        String name = EntryName.last(path);
        if (path.startsWith(META) && !path.equals(OPAQUE)) {
            return true;
        }
        if (!name.startsWith(PREFIX)) {
            return false;
        }
        String directory = EntryName.parent(path);
        if (name.equals(OPAQUE)) {
            opaque(directory);
        } else if (!name.startsWith(META)) {
            String hidden = name.substring(PREFIX.length());
            if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
                throw fault.malformed("a whiteout of " + (hidden.isEmpty() ? "nothing" : Fault.quoted(hidden)));
            }
            whiteout(directory, hidden);
        }
        return true;
    }

    private void whiteout(String directory, String name) {
        String path = directory.isEmpty() ? name : directory + "/" + name;
        if (mode == LayerDraft.Whiteouts.REMOVE) {
            if (brought.contains(path)) {
                purge(path);
            } else {
                directories.clear();
                root.removeTree(path);
            }
            return;
        }
        Parent parent = directories.make(directory);
        Optional<Stat> existing = FileCalls.fstatatIfPresent(parent.fd(), name, Fcntl.AT_SYMLINK_NOFOLLOW);
        if (existing.isEmpty()) {
            FileCalls.mknodat(parent.fd(), name, Fcntl.S_IFCHR, 0, 0);
        } else if (existing.get().isDirectory()) {
            setOpaque(parent.fd(), name);
        }
    }

    private void opaque(String directory) {
        if (mode == LayerDraft.Whiteouts.REMOVE) {
            if (directories.find(directory) != null) {
                purge(directory);
            }
            return;
        }
        if (directory.isEmpty()) {
            // overlayfs does not look for the attribute on the root of a layer, so what is below would show through.
            throw fault.unsupported("an opaque whiteout of the whole root, which an overlay cannot keep",
                    "rebuild the image from scratch instead of deleting its base, or use the storage driver vfs");
        }
        String above = EntryName.parent(directory);
        directories.make(directory);
        setOpaque(directories.make(above).fd(), EntryName.last(directory));
    }

    /** Where a directory takes the place of a whiteout of this layer, what is below stays deleted. */
    void replaced(Stat before, Fd parent, String name) {
        if (mode == LayerDraft.Whiteouts.OVERLAY && isWhiteout(before)) {
            setOpaque(parent, name);
        }
    }

    static boolean isWhiteout(Stat stat) {
        return stat.type() == Fcntl.S_IFCHR && stat.rdevMajor() == 0 && stat.rdevMinor() == 0;
    }

    private static void setOpaque(Fd parent, String name) {
        try (Fd directory = FileCalls.openat(parent, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            Xattrs.setxattr(directory, dev.caisson.linux.overlay.Whiteouts.opaque(), YES, 0);
        }
    }

    /** Removes from a directory what this layer has not brought; leaves anything else alone. */
    private void purge(String path) {
        List<Directory.Entry> entries;
        try (Fd directory = openDirectory(path)) {
            if (directory == null) {
                return;
            }
            entries = Directory.list(directory);
        }
        for (Directory.Entry entry : entries) {
            String child = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            if (!brought.contains(child)) {
                directories.clear();
                root.removeTree(child);
            } else {
                purge(child);
            }
        }
    }

    private @org.jspecify.annotations.Nullable Fd openDirectory(String path) {
        Optional<Stat> stat = root.stat(path, true);
        return stat.isPresent() && stat.get().isDirectory() ? root.open(path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0) : null;
    }
}
