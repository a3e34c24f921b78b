package dev.caisson.storage.vfs;

import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.RENAME_NOREPLACE;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.TreeCopy;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.RootfsPlan;
import dev.caisson.storage.layers.DirectoryDraft;
import dev.caisson.storage.layers.LayerStore;
import dev.caisson.storage.layers.LayeredDriver;
import dev.caisson.storage.layers.PlainDraft;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layers as whole trees, each a copy of its parent's with its own changes; a container's root is one more copy, in {@code root} of
 * its state directory. Blocks are shared where the file system can (XFS, btrfs).
 */
public final class VfsDriver extends LayeredDriver {
    private static final String ROOT = "root";
    private static final String UNFINISHED = "root.part";

    VfsDriver(LayerStore store) {
        super(store);
    }

    @Override
    public String name() {
        return VfsProvider.NAME;
    }

    @Override
    public LayerDraft draft(LayerId layer, @Nullable LayerId parent) {
        DirectoryDraft directory = store().draft(layer, parent);
        try {
            if (parent != null) {
                copy(store().diff(parent), directory.diff());
            }
            return new PlainDraft(directory, LayerDraft.Whiteouts.REMOVE);
        } catch (SyscallException e) {
            directory.abort();
            throw new StorageProblem(Stage.UNPACK, "copying layer " + parent + " for " + layer + ": " + e.getMessage(), LayerStore.remedy(e), e);
        }
    }

    private static void copy(Path from, Path to) {
        try (Fd source = FileCalls.open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
                Fd target = FileCalls.open(to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
            TreeCopy.copy(source, target);
        }
    }

    @Override
    public RootfsPlan root(String id, Path state, @Nullable LayerId top, RootOptions options) {
        if (options.quota() > 0) {
            throw new StorageProblem(Stage.ROOTFS, "vfs cannot limit container " + id + " to " + options.quota() + " bytes of disk",
                    "leave the quota out, or use a storage driver with quotas");
        }
        try {
            store().locked(false, () -> {
                List<LayerId> chain = top == null ? List.<LayerId>of() : store().chain(top);
                store().marks().set(id, top, state);
                return chain;
            });
            boolean shared = options.readOnly() && top != null;
            Path tree = shared ? store().diff(top) : privateCopy(state, top);
            return new RootfsPlan(List.of(MountSpec.bind(tree, "/", options.readOnly())));
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.ROOTFS, "copying the root file system of container " + id + " to " + state + ": " + e.getMessage(),
                    LayerStore.remedy(e), e);
        }
    }

    /** Made once: a container that starts again finds what it wrote. A copy that was interrupted is begun anew. */
    private Path privateCopy(Path state, @Nullable LayerId top) {
        try (SafeRoot directory = SafeRoot.open(state)) {
            Fd here = directory.fd();
            if (FileCalls.fstatatIfPresent(here, ROOT, 0).isEmpty()) {
                directory.removeTree(UNFINISHED);
                store().directoryLike(top, here, UNFINISHED);
                if (top != null) {
                    copy(store().diff(top), state.resolve(UNFINISHED));
                }
                FileCalls.renameat2(here, UNFINISHED, here, ROOT, RENAME_NOREPLACE);
            }
        }
        return state.resolve(ROOT);
    }
}
