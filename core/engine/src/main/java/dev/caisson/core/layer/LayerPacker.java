package dev.caisson.core.layer;

import dev.caisson.Change;
import dev.caisson.ContainerException;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Xattrs;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Packs a directory into a layer: entries in the order of their names, so that the same tree gives the same bytes and the same diffID. Sockets are left out, as
 * docker does; of extended attributes those go in that the unpacker keeps. The root directory itself has no entry.
 */
public final class LayerPacker {
    /** What the directory is. */
    public enum Source {
        /** A tree: everything in it is the layer. */
        TREE,
        /** A tree for a flat tar, which is no layer: any name goes. */
        FLAT,
        /** The upper directory of an overlay: its whiteouts and opaque directories become OCI's. */
        OVERLAY_UPPER
    }

    private static final int BUFFER = 128 * 1024;
    private final SafeRoot root;
    private final Source source;
    private final UnaryOperator<TarEntry> edit;
    private final Map<String, String> firstLinks = new HashMap<>();
    private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER);
    private final byte[] buffer = new byte[BUFFER];

    /** @param root the directory; stays the caller's, and must not change meanwhile */
    public LayerPacker(SafeRoot root, Source source) {
        this(root, source, UnaryOperator.identity());
    }

    /** @param edit what each entry becomes; its kind and size stay */
    public LayerPacker(SafeRoot root, Source source, UnaryOperator<TarEntry> edit) {
        this.root = root;
        this.source = source;
        this.edit = edit;
    }

    /**
     * Writes the layer, uncompressed. Its diffID is the digest of these bytes.
     *
     * @throws dev.caisson.ImageProblem if a name cannot be told from a whiteout
     * @throws dev.caisson.StorageProblem if reading or writing fails
     */
    public void pack(OutputStream out) {
        try (TarWriter tar = new TarWriter(out)) {
            packInto(tar);
        } catch (IOException e) {
            throw failed("", e);
        }
    }

    /** The same into a layer that is being written. */
    public void packInto(TarWriter tar) {
        firstLinks.clear();
        try (Fd top = root.open(".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            directory(tar, top, "");
        } catch (IOException | SyscallException e) {
            throw failed("", e);
        }
    }

    /**
     * Writes of the tree only what was changed, uncompressed: what is deleted becomes a whiteout.
     *
     * @param changes sorted by path; what has gone since is left out
     */
    public void packChanges(OutputStream out, List<Change> changes) {
        firstLinks.clear();
        try (TarWriter tar = new TarWriter(out)) {
            for (Change change : changes) {
                changed(tar, change.path().substring(1), change.kind() == Change.Kind.DELETED);
            }
        } catch (IOException e) {
            throw failed("", e);
        }
    }

    private void changed(TarWriter tar, String path, boolean deleted) throws IOException {
        String name = EntryName.last(path);
        String above = EntryName.parent(path);
        writable(name, path);
        if (deleted) {
            tar.put(TarEntry.file((above.isEmpty() ? "" : above + "/") + Whiteouts.PREFIX + name, 0, 0));
            return;
        }
        try (Fd parent = root.open(above.isEmpty() ? "." : above, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0, Fcntl.RESOLVE_NO_SYMLINKS)) {
            Stat stat = FileCalls.fstatat(parent, name, Fcntl.AT_SYMLINK_NOFOLLOW);
            if (stat.isDirectory()) {
                try (Fd directory = FileCalls.openat(parent, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                    tar.put(describe(Kind.DIRECTORY, path + "/", "", 0, stat, xattrs(directory, "")));
                }
            } else {
                entry(tar, parent, name, path);
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT, Errno.ENOTDIR)) {
                throw failed(path, e);
            }
        }
    }

    private static void writable(String name, String path) {
        if (name.startsWith(Whiteouts.PREFIX)) {
            throw new ImageProblem(Stage.UNPACK, "packing " + Fault.quoted(path) + ": in a layer this name would delete another",
                    "rename it: names that begin with .wh. are reserved by the OCI image format");
        }
    }

    private void directory(TarWriter tar, Fd directory, String path) throws IOException {
        List<Directory.Entry> entries = new ArrayList<>(Directory.list(directory));
        entries.sort(Comparator.comparing(Directory.Entry::name));
        for (Directory.Entry entry : entries) {
            String child = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            if (source != Source.FLAT) {
                writable(entry.name(), child);
            }
            try {
                entry(tar, directory, entry.name(), child);
            } catch (SyscallException e) {
                throw failed(child, e);
            }
        }
    }

    private void entry(TarWriter tar, Fd directory, String name, String path) throws IOException {
        Stat stat = FileCalls.fstatat(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW);
        if (source == Source.OVERLAY_UPPER && Whiteouts.isWhiteout(stat)) {
            String above = EntryName.parent(path);
            tar.put(TarEntry.file((above.isEmpty() ? "" : above + "/") + Whiteouts.PREFIX + name, 0, 0));
            return;
        }
        if (stat.type() == Fcntl.S_IFSOCK) {
            return;
        }
        if (!stat.isDirectory() && stat.nlink() > 1) {
            String first = firstLinks.putIfAbsent(stat.devMajor() + ":" + stat.devMinor() + ":" + stat.ino(), path);
            if (first != null) {
                tar.put(describe(Kind.HARD_LINK, path, first, 0, stat, Map.of()));
                return;
            }
        }
        switch (stat.type()) {
            case Fcntl.S_IFREG -> file(tar, directory, name, path, stat);
            case Fcntl.S_IFDIR -> {
                try (Fd child = FileCalls.openat(directory, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                    tar.put(describe(Kind.DIRECTORY, path + "/", "", 0, stat, xattrs(child, "")));
                    if (source == Source.OVERLAY_UPPER && isOpaque(child)) {
                        tar.put(TarEntry.file(path + "/" + Whiteouts.OPAQUE, 0, 0));
                    }
                    directory(tar, child, path);
                }
            }
            case Fcntl.S_IFLNK -> tar.put(describe(Kind.SYMLINK, path, FileCalls.readlinkat(directory, name), 0, stat, Map.of()));
            case Fcntl.S_IFCHR -> tar.put(describe(Kind.CHARACTER_DEVICE, path, "", 0, stat, xattrs(directory, name)));
            case Fcntl.S_IFBLK -> tar.put(describe(Kind.BLOCK_DEVICE, path, "", 0, stat, xattrs(directory, name)));
            case Fcntl.S_IFIFO -> tar.put(describe(Kind.FIFO, path, "", 0, stat, xattrs(directory, name)));
            default -> throw new IOException("unknown file type " + Integer.toOctalString(stat.mode()));
        }
    }

    private void file(TarWriter tar, Fd directory, String name, String path, Stat stat) throws IOException {
        try (Fd file = FileCalls.openat(directory, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW, 0)) {
            tar.put(describe(Kind.FILE, path, "", stat.size(), stat, xattrs(file, "")));
            for (long left = stat.size(); left > 0; ) {
                direct.clear().limit((int) Math.min(left, BUFFER));
                int n = FileCalls.read(file, direct);
                if (n == 0) {
                    throw new IOException("it shrank while it was read");
                }
                direct.flip().get(buffer, 0, n);
                tar.write(buffer, 0, n);
                left -= n;
            }
        }
    }

    private TarEntry describe(Kind kind, String path, String link, long size, Stat stat, Map<String, byte[]> xattrs) {
        boolean device = kind == Kind.CHARACTER_DEVICE || kind == Kind.BLOCK_DEVICE;
        return edit.apply(new TarEntry(path, kind, link, size, stat.permissions(), stat.uid() & 0xffffffffL, stat.gid() & 0xffffffffL, stat.mtimeSec(),
                stat.mtimeNsec(), device ? stat.rdevMajor() : 0, device ? stat.rdevMinor() : 0, xattrs, List.of(), false));
    }

    /** Of an open file, or by name where opening would act on a device. */
    static Map<String, byte[]> xattrs(Fd fd, String name) {
        Map<String, byte[]> kept = new TreeMap<>();
        try {
            for (String xattr : name.isEmpty() ? Xattrs.listxattr(fd) : Xattrs.llistxattr(fd, name)) {
                if (EntryMetadata.isKept(xattr)) {
                    (name.isEmpty() ? Xattrs.getxattr(fd, xattr) : Xattrs.lgetxattr(fd, name, xattr)).ifPresent(v -> kept.put(xattr, v));
                }
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.EOPNOTSUPP)) {
                throw e;
            }
        }
        return kept;
    }

    private static boolean isOpaque(Fd directory) {
        return Xattrs.getxattr(directory, dev.caisson.linux.overlay.Whiteouts.opaque()).map(v -> java.util.Arrays.equals(v, Whiteouts.YES)).orElse(false);
    }

    private static ContainerException failed(String path, Exception e) {
        return new StorageProblem(Stage.UNPACK, "packing " + (path.isEmpty() ? "a layer" : Fault.quoted(path)) + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
    }
}
