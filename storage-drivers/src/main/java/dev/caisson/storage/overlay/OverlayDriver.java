package dev.caisson.storage.overlay;

import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_PATH;

import dev.caisson.Change;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.overlay.LowerLayers;
import dev.caisson.linux.overlay.OverlayUpper;
import dev.caisson.spi.storage.IndependentDrafts;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.MountSpec;
import dev.caisson.spi.storage.NativeDiff;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.RootfsPlan;
import dev.caisson.storage.layers.LayerStore;
import dev.caisson.storage.layers.LayeredDriver;
import dev.caisson.storage.layers.PlainDraft;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layers as directories, roots as overlay mounts over them; what a container writes is in {@code upper} of its state directory.
 *
 * <p>An {@code idMap} is the engine's to apply: each path in the plan is a directory that open_tree(2) clones and
 * mount_setattr(2) maps.
 */
public final class OverlayDriver extends LayeredDriver implements NativeDiff, IndependentDrafts {
    private static final String UPPER = "upper";
    private static final String WORK = "work";

    private final OverlayOptions options;

    OverlayDriver(LayerStore store, OverlayOptions options) {
        super(store);
        this.options = options;
    }

    @Override
    public String name() {
        return OverlayProvider.NAME;
    }

    @Override
    public LayerDraft draft(LayerId layer, @Nullable LayerId parent) {
        return new PlainDraft(store().draft(layer, parent), LayerDraft.Whiteouts.OVERLAY);
    }

    @Override
    public LayerDraft draftAhead(LayerId layer, LayerId parent) {
        return new PlainDraft(store().draftAhead(layer, parent), LayerDraft.Whiteouts.OVERLAY);
    }

    @Override
    public RootfsPlan root(String id, Path state, @Nullable LayerId top, RootOptions wanted) {
        if (wanted.quota() > 0) {
            throw new StorageProblem(Stage.ROOTFS, "overlay2 cannot limit container " + id + " to " + wanted.quota() + " bytes of disk",
                    "leave the quota out, or use a storage driver with quotas");
        }
        try {
            List<Path> lowers = use(id, state, top);
            if (wanted.readOnly() && lowers.size() > 1) {
                MountSpec union = MountSpec.overlay(lowers, null, null, options.forRoot(false));
                return plan(new MountSpec(union.type(), null, "/", union.options(), true));
            }
            if (wanted.readOnly() && lowers.size() == 1) {
                return plan(MountSpec.bind(lowers.get(0), "/", true));
            }
            prepare(state, top);
            Path upper = state.resolve(UPPER);
            return plan(lowers.isEmpty()
                    ? MountSpec.bind(upper, "/", wanted.readOnly())
                    : MountSpec.overlay(lowers, upper, state.resolve(WORK), options.forRoot(wanted.volatileUpper())));
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.ROOTFS, "preparing the root file system of container " + id + " in " + state + ": " + e.getMessage(),
                    LayerStore.remedy(e), e);
        }
    }

    private static RootfsPlan plan(MountSpec root) {
        return new RootfsPlan(List.of(root));
    }

    /** Marks the layers as used, and says where they are. */
    private List<Path> use(String id, Path state, @Nullable LayerId top) {
        return store().locked(false, () -> {
            List<Path> lowers = top == null ? List.<Path>of() : diffs(top);
            store().marks().set(id, top, state);
            return lowers;
        });
    }

    private List<Path> diffs(LayerId top) {
        return store().chain(top).stream().map(store()::diff).toList();
    }

    private void prepare(Path state, @Nullable LayerId top) {
        try (SafeRoot directory = SafeRoot.open(state)) {
            // The root directory of the mount is upper itself: it must look as the image's does.
            store().directoryLike(top, directory.fd(), UPPER);
            // A volatile mount leaves a marker in work that refuses the next mount (a restart) of the same upper.
            directory.removeTree(WORK);
            FileCalls.mkdirat(directory.fd(), WORK, 0700);
        }
    }

    @Override
    public List<Change> changes(String id, Path state) {
        List<LayerId> top = store().marks().of(id).orElseThrow(() -> new StorageProblem(Stage.SUPERVISE,
                "the changes of container " + id + " were asked for, but overlay2 has made no root for it, or has released it",
                "ask before the container is removed"));
        try (Fd directory = FileCalls.open(state, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
                LowerLayers lowers = LowerLayers.open(top.isEmpty() ? List.of() : diffs(top.get(0)))) {
            if (FileCalls.fstatatIfPresent(directory, UPPER, 0).isEmpty()) {
                return List.of();
            }
            try (Fd upper = FileCalls.openat(directory, UPPER, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0)) {
                return OverlayUpper.walk(upper, lowers.root()).stream()
                        .map(entry -> new Change(Change.Kind.valueOf(entry.kind().name()), entry.path()))
                        .toList();
            }
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.SUPERVISE, "reading the changes of container " + id + " in " + state + ": " + e.getMessage(),
                    LayerStore.remedy(e), e);
        }
    }
}
