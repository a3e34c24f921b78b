package dev.caisson.core.engine;

import dev.caisson.CommitOptions;
import dev.caisson.Container;
import dev.caisson.Image;
import java.nio.file.Path;

/** What {@link ContainerImages} does for a container. */
abstract sealed class ExportedContainer implements Container permits ConnectedContainer {
    @Override
    public void export(Path tar) {
        ContainerImages.export((LiveContainer) this, tar);
    }

    @Override
    public Image commit(String reference, CommitOptions options) {
        return ContainerImages.commit((LiveContainer) this, reference, options);
    }
}
