package dev.caisson.storage.vfs;

import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import dev.caisson.storage.layers.LayerStore;
import java.util.List;

/** Docker's {@code vfs}: the driver for where nothing better works, and for tests. */
public final class VfsProvider implements StorageProvider {
    static final String NAME = "vfs";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public Availability probe(DriverContext context) {
        String name = "probe-" + java.util.UUID.randomUUID();
        try (SafeRoot directory = SafeRoot.open(context.root())) {
            directory.mkdirs(name, 0700).close();
            directory.removeTree(name);
            return Availability.yes();
        } catch (SyscallException e) {
            return Availability.no("writing in " + context.root() + ": " + e.getMessage(), LayerStore.remedy(e));
        }
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public StorageDriver open(DriverContext context, Options options) {
        return new VfsDriver(LayerStore.open(NAME, context.root()));
    }
}
