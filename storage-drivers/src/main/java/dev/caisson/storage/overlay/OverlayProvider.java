package dev.caisson.storage.overlay;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import dev.caisson.storage.layers.LayerStore;
import java.util.List;

/** Docker's {@code overlay2}; the default wherever it works. */
public final class OverlayProvider implements StorageProvider {
    static final String NAME = "overlay2";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Availability probe(DriverContext context) {
        return OverlayProbe.probe(context.root());
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public StorageDriver open(DriverContext context, Options options) {
        OverlayOptions ofKernel;
        try {
            ofKernel = OverlayOptions.ofThisKernel();
        } catch (SyscallException e) {
            throw new UnsupportedOnThisHost(Stage.ROOTFS, "overlay2 cannot be opened: " + e.getMessage(), OverlayProbe.remedy(e, ""), e);
        }
        return new OverlayDriver(LayerStore.open(NAME, context.root()), ofKernel);
    }
}
