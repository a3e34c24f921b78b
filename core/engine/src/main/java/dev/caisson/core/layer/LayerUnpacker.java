package dev.caisson.core.layer;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_EXCL;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_WRONLY;

import dev.caisson.core.layer.DirectoryCache.Parent;
import dev.caisson.core.layer.TarEntry.Extent;
import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import dev.caisson.spi.storage.LayerDraft;
import java.util.Optional;

/**
 * Unpacks one layer below a directory descriptor. Nothing outside that directory can be reached, whatever the archive holds: names are cleaned, then resolved by
 * the kernel inside the root, and every change is made by name in an open directory without following a symbolic link.
 *
 * <p>Rules where archives leave room, chosen as containerd and docker do:
 * <ul>
 *   <li>a symbolic link as a directory of a name is followed, inside the root; one that leads nowhere is an error
 *   <li>missing directories are made, root's and 0755; the root directory itself keeps what the storage driver gave it
 *   <li>a later entry replaces an earlier one; a directory over a directory only changes its attributes
 *   <li>a hard link's target is looked up in this root and not followed if it is a symbolic link; link entries carry no attributes of their own
 *   <li>a character device 0:0 is overlayfs's whiteout and therefore refused: an archive has its own notation for deletions
 * </ul>
 * An object is for one layer and one thread. The draft must be visible to nobody else meanwhile.
 */
public final class LayerUnpacker {
    /** Files of this size are handed to the disk at once; the sync at the layer's end then waits for little. */
    private static final long LARGE = 64 * 1024;

    private final SafeRoot root;
    private final LayerLimits limits;
    private final Fault fault;
    private final DirectoryCache directories;
    private final EntryMetadata metadata = new EntryMetadata();
    private final Whiteouts whiteouts;

    /**
     * @param root where to unpack; stays the caller's
     * @param mode how deletions are to be written
     * @param fault names the layer in errors
     */
    public LayerUnpacker(SafeRoot root, LayerDraft.Whiteouts mode, LayerLimits limits, Fault fault) {
        this.root = root;
        this.limits = limits;
        this.fault = fault;
        this.directories = new DirectoryCache(root, fault);
        this.whiteouts = new Whiteouts(root, mode, directories, fault);
    }

    /**
     * Unpacks an uncompressed archive to its last byte.
     *
     * @return the number of entries
     * @throws dev.caisson.ImageProblem if the archive is malformed, hostile or exceeds the limits; the draft is to be dropped then
     * @throws dev.caisson.StorageProblem if the file system refuses
     */
    public long unpack(Pieces archive) {
        TarReader reader = new TarReader(archive, limits, fault);
        long entries = 0;
        TarEntry entry = null;
        try (directories) {
            for (entry = reader.next(); entry != null; entry = reader.next()) {
                apply(entry, reader);
                entries++;
            }
            fault.at("");
            metadata.finish(root);
        } catch (SyscallException e) {
            throw KernelFault.of(e, fault, entry);
        }
        return entries;
    }

    private void apply(TarEntry entry, TarReader content) {
        String path = EntryName.clean(entry.name(), limits, fault);
        if (path.isEmpty()) {
            if (entry.kind() != Kind.DIRECTORY) {
                throw fault.malformed("it would replace the root of the layer");
            }
            return;
        }
        if (whiteouts.apply(path)) {
            return;
        }
        whiteouts.brought(path);
        String name = EntryName.last(path);
        Parent parent = directories.make(EntryName.parent(path));
        switch (entry.kind()) {
            case FILE -> file(entry, content, parent, name, path);
            case DIRECTORY -> directory(entry, parent, name, path);
            case HARD_LINK -> hardLink(entry, name, path);
            case SYMLINK -> {
                Parent now = place(parent, name, path, p -> FileCalls.symlinkat(entry.linkName(), p.fd(), name));
                metadata.toName(now, name, path, entry);
            }
            case FIFO -> node(entry, parent, name, path, Fcntl.S_IFIFO);
            case CHARACTER_DEVICE -> node(entry, parent, name, path, Fcntl.S_IFCHR);
            case BLOCK_DEVICE -> node(entry, parent, name, path, Fcntl.S_IFBLK);
        }
    }

    private void file(TarEntry entry, TarReader content, Parent parent, String name, String path) {
        Fd[] opened = new Fd[1];
        Parent now = place(parent, name, path, p -> opened[0] = FileCalls.openat(p.fd(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, metadata.mode(entry, p)));
        try (Fd file = opened[0]) {
            if (entry.sparse()) {
                for (Extent extent : entry.extents()) {
                    FileCalls.lseek(file, extent.offset(), Fcntl.SEEK_SET);
                    copy(content, file, extent.length());
                }
                FileCalls.ftruncate(file, entry.size());
            } else {
                copy(content, file, entry.size());
            }
            if (entry.size() >= LARGE) {
                FileCalls.beginWriteback(file, 0, 0);
            }
            metadata.toFile(file, entry, now);
        }
    }

    private static void copy(TarReader content, Fd file, long bytes) {
        for (long left = bytes; left > 0; ) {
            left -= content.writeTo(file, left);
        }
    }

    private void directory(TarEntry entry, Parent parent, String name, String path) {
        Parent now = parent;
        if (!FileCalls.mkdiratIfAbsent(parent.fd(), name, 0700)) {
            Stat before = FileCalls.fstatat(parent.fd(), name, AT_SYMLINK_NOFOLLOW);
            if (!before.isDirectory()) {
                now = remove(path);
                FileCalls.mkdirat(now.fd(), name, 0700);
                whiteouts.replaced(before, now.fd(), name);
            } else {
                directories.clear(); // what is known of it is not true any more
                now = directories.make(EntryName.parent(path));
            }
        }
        metadata.toName(now, name, path, entry);
    }

    private void hardLink(TarEntry entry, String name, String path) {
        String target = EntryName.clean(entry.linkName(), limits, fault);
        if (target.equals(path)) {
            throw fault.malformed("a hard link to itself");
        }
        String targetName = EntryName.last(target);
        // A duplicate: looking the parent up again may push it out of the cache.
        try (Fd from = directory(EntryName.parent(target), target).dup()) {
            Optional<Stat> stat = target.isEmpty() ? Optional.empty() : FileCalls.fstatatIfPresent(from, targetName, AT_SYMLINK_NOFOLLOW);
            if (stat.isEmpty() || stat.get().isDirectory() || Whiteouts.isWhiteout(stat.get())) {
                throw notLinkable(target);
            }
            Optional<Stat> existing = FileCalls.fstatatIfPresent(directories.make(EntryName.parent(path)).fd(), name, AT_SYMLINK_NOFOLLOW);
            if (existing.isPresent() && existing.get().isSameFile(stat.get())) {
                return;
            }
            place(directories.make(EntryName.parent(path)), name, path, p -> FileCalls.linkat(from, targetName, p.fd(), name, 0));
        }
    }

    private Fd directory(String path, String target) {
        Parent found = directories.find(path);
        if (found == null) {
            throw notLinkable(target);
        }
        return found.fd();
    }

    private RuntimeException notLinkable(String target) {
        return fault.malformed("a hard link to " + Fault.quoted(target) + ", which is no file of this layer so far");
    }

    private void node(TarEntry entry, Parent parent, String name, String path, int type) {
        boolean device = type != Fcntl.S_IFIFO;
        // The kernel keeps 12 bits of major and 20 of minor, and would cut more off in silence: another device.
        if (entry.devMajor() < 0 || entry.devMajor() > 0xfff || entry.devMinor() < 0 || entry.devMinor() > 0xfffff) {
            throw fault.malformed("the device number " + entry.devMajor() + ":" + entry.devMinor() + " exceeds 12 and 20 bits");
        }
        if (type == Fcntl.S_IFCHR && entry.devMajor() == 0 && entry.devMinor() == 0) {
            throw fault.malformed("a character device 0:0, which is how overlayfs writes a deletion");
        }
        if (device && Worker.present()) {
            return; // none can be made in a user namespace (mknod(2)), and a container's /dev is its own
        }
        Parent now = place(parent, name, path, p -> FileCalls.mknodat(
                p.fd(), name, type | 0600, device ? (int) entry.devMajor() : 0, device ? (int) entry.devMinor() : 0));
        metadata.toName(now, name, path, entry);
    }

    /** Makes something that must be new; what is in its place is removed first. */
    private Parent place(Parent parent, String name, String path, java.util.function.Consumer<Parent> make) {
        try {
            make.accept(parent);
            return parent;
        } catch (SyscallException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
        Parent now = remove(path);
        make.accept(now);
        return now;
    }

    /** Removes what has that name, whatever it is; returns its directory, opened anew. */
    private Parent remove(String path) {
        // Descriptors of directories inside it, or found through it when it was a symbolic link, are stale afterwards.
        directories.clear();
        metadata.forget(path);
        root.removeTree(path);
        return directories.make(EntryName.parent(path));
    }
}
