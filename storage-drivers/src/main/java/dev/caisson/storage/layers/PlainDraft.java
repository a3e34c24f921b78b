package dev.caisson.storage.layers;

import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.MountSpec;
import java.util.List;

/**
 * A draft that is filled as a plain directory.
 *
 * @param whiteouts how what a layer removes is kept in it
 */
public record PlainDraft(DirectoryDraft directory, Whiteouts whiteouts) implements LayerDraft {
    @Override
    public List<MountSpec> mounts() {
        return List.of(MountSpec.bind(directory.diff(), "/", false));
    }

    @Override
    public void commit() {
        directory.commit();
    }

    @Override
    public void abort() {
        directory.abort();
    }
}
