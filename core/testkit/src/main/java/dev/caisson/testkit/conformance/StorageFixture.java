package dev.caisson.testkit.conformance;

import dev.caisson.spi.DriverContext;
import dev.caisson.spi.Options;
import dev.caisson.spi.Subject;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerDraft.Whiteouts;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.RootfsPlan;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A driver's directories, and engines that share them. */
public final class StorageFixture implements AutoCloseable {
    /** What unpacking does to a layer. */
    public interface Content extends BiConsumer<DetachedTree, Whiteouts> {}

    private final StorageProvider provider;
    private final Path directory;
    private final List<StorageDriver> engines = new ArrayList<>();

    /** @param directory an empty one */
    public StorageFixture(StorageProvider provider, Path directory) {
        this.provider = provider;
        this.directory = directory;
    }

    /** What an engine gives the driver. */
    public DriverContext context() {
        return context(directory);
    }

    static DriverContext context(Path directory) {
        try {
            return new DriverContext("conformance", Files.createDirectories(directory.resolve("root")),
                    Files.createDirectories(directory.resolve("run")), Subject.NONE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static StorageDriver open(StorageProvider provider, Path directory) {
        return provider.open(context(directory), Options.of(provider.name(), provider.options(), Map.of()));
    }

    /** One more engine on the same root. */
    public StorageDriver engine() {
        StorageDriver driver = open(provider, directory);
        engines.add(driver);
        return driver;
    }

    /** The layer with a number. */
    public static LayerId layer(int number) {
        return new LayerId(String.format("sha256:%064x", number));
    }

    /** Begins, fills and commits. */
    public static LayerId commit(StorageDriver driver, LayerId layer, @Nullable LayerId parent, Content content) {
        LayerDraft draft = driver.draft(layer, parent);
        fill(draft, content);
        draft.commit();
        return layer;
    }

    static void fill(LayerDraft draft, Content content) {
        try (DetachedTree tree = DetachedTree.mount(draft.mounts().get(0))) {
            content.accept(tree, draft.whiteouts());
        }
    }

    /** The state directory of a container, which exists. */
    public Path state(String id) {
        try {
            return Files.createDirectories(directory.resolve("containers").resolve(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A container's root, mounted. */
    public DetachedTree root(StorageDriver driver, String id, @Nullable LayerId top, RootOptions options) {
        RootfsPlan plan = driver.root(id, state(id), top, options);
        return DetachedTree.mount(plan.mounts().get(0));
    }

    @Override
    public void close() {
        engines.forEach(StorageDriver::close);
    }
}
