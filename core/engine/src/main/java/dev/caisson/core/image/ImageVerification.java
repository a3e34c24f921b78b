package dev.caisson.core.image;

import dev.caisson.ImageDifference;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.layer.DraftMounter;
import dev.caisson.core.layer.TreeComparison;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageDriver;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Unpacks the layers of an image again, beside the root that the storage driver makes of what it keeps, and compares the two: so whatever the driver is, the disk or
 * the page cache did, a container's view is known to be what the digests say. The layers are unpacked into one plain directory, with deletions carried out, so that
 * the driver's own way of writing them down is judged too.
 */
final class ImageVerification {
    private static final int MOST_DIFFERENCES = 100;

    private final LayerChain chain;
    private final StorageDriver driver;
    private final DraftMounter mounter;

    ImageVerification(LayerChain chain, StorageDriver driver, DraftMounter mounter) {
        this.chain = chain;
        this.driver = driver;
        this.mounter = mounter;
    }

    /**
     * What differs, at most a hundred places.
     *
     * @param scratch an existing directory on the engine's disk, in which there is room for the image; what is made there is removed
     * @throws dev.caisson.ImageProblem if a stored layer is not what its digest says
     */
    List<ImageDifference> run(ImageDocument.Manifest manifest, ImageConfig config, Path scratch) {
        List<LayerId> layers = LayerChain.ids(config.diffIds());
        String name = "verify-" + UUID.randomUUID();
        if (layers.isEmpty()) {
            return List.of();
        }
        try (SafeRoot directory = SafeRoot.open(scratch)) {
            try {
                directory.mkdirs(name + "/again", 0700).close();
                directory.mkdirs(name + "/state", 0700).close();
                try (Fd again = directory.open(name + "/again", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0); SafeRoot expected = SafeRoot.of(again)) {
                    FileCalls.fchmodat2(again, "", 0755, Fcntl.AT_EMPTY_PATH);
                    chain.unpackInto(expected, manifest, config);
                    return compare(expected, name, scratch.resolve(name).resolve("state"), layers.get(layers.size() - 1));
                }
            } finally {
                directory.removeTree(name);
            }
        } catch (SyscallException e) {
            throw new StorageProblem(Stage.UNPACK, "comparing an image with its layers in " + scratch + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    private List<ImageDifference> compare(SafeRoot expected, String id, Path state, LayerId top) {
        try (DraftMounter.Mounted found = mounter.mount(driver.root(id, state, top, RootOptions.DEFAULT).mounts())) {
            return TreeComparison.of(expected, found.root(), MOST_DIFFERENCES);
        } finally {
            driver.release(id);
        }
    }
}
