package dev.caisson.storage.layers;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_RDWR;
import static dev.caisson.linux.Fcntl.RENAME_NOREPLACE;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.TreeUsage;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver.Usage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Committed layers as directories, for any number of engines at once:
 *
 * <pre>
 * ROOT/lock            shared: a layer is being used; exclusive: one is being removed
 *      HEX/diff/       the layer's tree             (HEX: the digits of its chainID, mode 0700)
 *      HEX/parent      symbolic link to ../HEX of the layer below, or to "none"
 *      drafts/         layers being filled or removed, see {@link Scratch}
 *      roots/          which container stands on which layer, see {@link RootMarks}
 * </pre>
 *
 * A layer appears by one rename after everything in it has reached the disk, and goes by one rename before anything of it is
 * removed: it is there whole or not at all.
 */
public final class LayerStore implements AutoCloseable {
    static final String DIFF = "diff";
    static final String PARENT = "parent";
    private static final String NONE = "none";
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    private final String driver;
    private final Path root;
    private final Fd directory;
    private final Scratch scratch;
    private final RootMarks marks;
    /** What lies below a layer never changes: the chainID says it. */
    private final Map<LayerId, Optional<LayerId>> parents = new ConcurrentHashMap<>();

    private LayerStore(String driver, Path root, Fd directory) {
        this.driver = driver;
        this.root = root;
        this.directory = directory;
        this.scratch = new Scratch(directory, root.resolve("drafts"));
        this.marks = new RootMarks(directory);
    }

    /**
     * Opens the store and removes what dead engines left unfinished.
     *
     * @param driver for messages
     * @param root an existing directory
     */
    public static LayerStore open(String driver, Path root) {
        try {
            LayerStore store = new LayerStore(driver, root, FileCalls.open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
            store.scratch.sweep();
            return store;
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.ROOTFS, "opening the " + driver + " store in " + root + ": " + e.getMessage(), remedy(e), e);
        }
    }

    public boolean has(LayerId layer) {
        return FileCalls.fstatatIfPresent(directory, layer.hex(), AT_SYMLINK_NOFOLLOW).isPresent();
    }

    /** The directory with the layer's tree. */
    public Path diff(LayerId layer) {
        return root.resolve(layer.hex()).resolve(DIFF);
    }

    /** The containers that stand on layers. */
    public RootMarks marks() {
        return marks;
    }

    /** The layer and all below it, uppermost first. */
    public List<LayerId> chain(LayerId top) {
        if (!has(top)) {
            throw new StorageProblem(Stage.ROOTFS, "layer " + top + " is not in the " + driver + " store " + root, "pull the image again");
        }
        List<LayerId> chain = new ArrayList<>();
        for (Optional<LayerId> layer = Optional.of(top); layer.isPresent(); layer = parents.computeIfAbsent(layer.get(), this::parent)) {
            chain.add(layer.get());
        }
        return chain;
    }

    private Optional<LayerId> parent(LayerId layer) {
        try {
            String target = FileCalls.readlinkat(directory, layer.hex() + "/" + PARENT);
            if (target.equals(NONE)) {
                return Optional.empty();
            }
            if (target.startsWith("../") && HEX.matcher(target.substring(3)).matches()) {
                return Optional.of(new LayerId("sha256:" + target.substring(3)));
            }
            throw damaged(layer, "its parent link leads to '" + target + "'", null);
        } catch (SyscallException e) {
            throw damaged(layer, e.getMessage(), e);
        }
    }

    private StorageProblem damaged(LayerId layer, @Nullable String why, @Nullable Throwable cause) {
        return new StorageProblem(Stage.ROOTFS, "layer " + layer + " in " + root + " is damaged: " + why,
                "remove the images that use it and pull them again", cause);
    }

    /** All committed layers. */
    public List<LayerId> layers() {
        List<LayerId> layers = new ArrayList<>();
        try (Fd listing = FileCalls.openat(directory, ".", O_RDONLY | O_DIRECTORY, 0)) {
            for (Directory.Entry entry : Directory.list(listing)) {
                if (HEX.matcher(entry.name()).matches()) {
                    layers.add(new LayerId("sha256:" + entry.name()));
                }
            }
        }
        return layers;
    }

    /** A new layer, its root directory with the owner and mode of its parent's. */
    public DirectoryDraft draft(LayerId layer, @Nullable LayerId parent) {
        return draft(layer, parent, false);
    }

    /** The same on a parent that is committed before the layer is, but perhaps not yet. */
    public DirectoryDraft draftAhead(LayerId layer, LayerId parent) {
        return draft(layer, parent, true);
    }

    private DirectoryDraft draft(LayerId layer, @Nullable LayerId parent, boolean isAhead) {
        try {
            return locked(false, () -> begin(layer, parent, isAhead));
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.UNPACK, "beginning layer " + layer + " of " + driver + " in " + root + ": " + e.getMessage(), remedy(e), e);
        }
    }

    private DirectoryDraft begin(LayerId layer, @Nullable LayerId parent, boolean isAhead) {
        if (parent != null && !isAhead && !has(parent)) {
            throw parentless(layer, parent, "begun");
        }
        Scratch.Entry entry = scratch.create();
        try {
            FileCalls.symlinkat(parent == null ? NONE : "../" + parent.hex(), entry.fd(), PARENT);
            directoryLike(isAhead ? null : parent, entry.fd(), DIFF);
            return new DirectoryDraft(this, layer, isAhead ? parent : null, entry);
        } catch (RuntimeException e) {
            entry.drop();
            throw e;
        }
    }

    private StorageProblem parentless(LayerId layer, LayerId parent, String what) {
        return new StorageProblem(Stage.UNPACK, "layer " + layer + " cannot be " + what + ": its parent " + parent + " is not in the " + driver + " store " + root,
                "commit the parent first");
    }

    /** Makes a directory with owner and mode of the layer's root directory; 0755 and the process's own without a layer. */
    public void directoryLike(@Nullable LayerId layer, Fd in, String name) {
        FileCalls.mkdiratIfAbsent(in, name, 0755);
        if (layer == null) {
            FileCalls.fchmodat2(in, name, 0755, AT_SYMLINK_NOFOLLOW);
        } else {
            Stat like = FileCalls.fstatat(directory, layer.hex() + "/" + DIFF, AT_SYMLINK_NOFOLLOW);
            FileCalls.fchownat(in, name, like.uid(), like.gid(), AT_SYMLINK_NOFOLLOW);
            FileCalls.fchmodat2(in, name, like.permissions(), AT_SYMLINK_NOFOLLOW);
        }
    }

    /**
     * Makes a filled draft a layer; false if another engine was first.
     *
     * @param late the parent, if the draft was begun ahead of it
     */
    boolean publish(LayerId layer, @Nullable LayerId late, Scratch.Entry draft) {
        if (late != null) {
            // The draft stands on it by its link, so it cannot go away any more.
            locked(false, () -> {
                if (!has(late)) {
                    throw parentless(layer, late, "committed");
                }
                directoryLike(late, draft.fd(), DIFF);
            });
        }
        // The descriptor is older than all writes to the draft: a write-back error since then is reported here (Linux 5.8).
        FileCalls.syncfs(draft.fd());
        try {
            locked(false, () -> FileCalls.renameat2(scratch.fd(), draft.name(), directory, layer.hex(), RENAME_NOREPLACE));
        } catch (SyscallException e) {
            if (e.is(Errno.EEXIST)) {
                return false;
            }
            throw e;
        }
        FileCalls.fsync(directory);
        return true;
    }

    /** Removes a layer; one that is not there is removed already. */
    public void remove(LayerId layer) {
        try {
            locked(true, () -> bury(layer)).ifPresent(Scratch.Entry::drop);
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.UNPACK, "removing layer " + layer + " of " + driver + " in " + root + ": " + e.getMessage(), remedy(e), e);
        }
    }

    private Optional<Scratch.Entry> bury(LayerId layer) {
        if (!has(layer)) {
            return Optional.empty();
        }
        refuseWhileUsed(layer);
        Scratch.Entry grave = scratch.create();
        FileCalls.renameat2(directory, layer.hex(), scratch.fd(), grave.name(), 0);
        // From here on it stands on nothing, however long its files take to go.
        FileCalls.unlinkatIfPresent(scratch.fd(), grave.name() + "/" + PARENT, 0);
        FileCalls.fsync(directory);
        return Optional.of(grave);
    }

    private void refuseWhileUsed(LayerId layer) {
        String what = "layer " + layer + " of " + driver + " in " + root + " cannot be removed: ";
        String link = "../" + layer.hex();
        for (LayerId other : layers()) {
            if (FileCalls.readlinkat(directory, other.hex() + "/" + PARENT).equals(link)) {
                throw new StorageProblem(Stage.UNPACK, what + "layer " + other + " stands on it", "remove that one first");
            }
        }
        scratch.sweep();
        for (String name : scratch.names()) {
            if (standsOn(name, link)) {
                throw new StorageProblem(Stage.UNPACK, what + "a layer that stands on it is being unpacked", "wait for it, or end the pull");
            }
        }
        marks.user(layer).ifPresent(id -> {
            throw new StorageProblem(Stage.UNPACK, what + "container " + id + " uses it", "remove the container first");
        });
    }

    private boolean standsOn(String draft, String link) {
        try {
            return FileCalls.readlinkat(scratch.fd(), draft + "/" + PARENT).equals(link);
        } catch (SyscallException gone) {
            return false;
        }
    }

    /** What the layer's own directory takes. */
    public Usage usage(LayerId layer) {
        try (Fd tree = FileCalls.openat(directory, layer.hex() + "/" + DIFF, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
            TreeUsage used = TreeUsage.of(tree);
            return new Usage(used.bytes(), used.inodes());
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.UNPACK, "measuring layer " + layer + " of " + driver + " in " + root + ": " + e.getMessage(), remedy(e), e);
        }
    }

    /**
     * Does something that no removal of a layer may disturb, or, exclusively, a removal. Threads of one JVM exclude each other
     * too: each call has an open file description of its own.
     */
    public <T> T locked(boolean exclusive, Supplier<T> body) {
        try (Fd file = FileCalls.openat(directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600)) {
            OfdLock.lock(file, exclusive ? OfdLock.Mode.EXCLUSIVE : OfdLock.Mode.SHARED);
            return body.get();
        }
    }

    private void locked(boolean exclusive, Runnable body) {
        locked(exclusive, () -> {
            body.run();
            return true;
        });
    }

    /** What helps against the usual refusals of a disk. */
    public static String remedy(SyscallException e) {
        return switch (e.errno()) {
            case Errno.ENOSPC, Errno.EDQUOT -> "free space on that file system, e.g. with engine.images().remove(…), or move the engine's root";
            case Errno.EROFS -> "the file system is read-only: choose another directory with Engine.builder().root(…)";
            case Errno.EACCES, Errno.EPERM -> "give this user the directory, or choose another with Engine.builder().root(…)";
            case Errno.ENOENT -> "the directory was removed while the engine used it: restart the engine";
            case Errno.EMFILE -> "raise the limit on open files (ulimit -n)";
            default -> "";
        };
    }

    @Override
    public void close() {
        scratch.close();
        marks.close();
        directory.close();
    }
}
