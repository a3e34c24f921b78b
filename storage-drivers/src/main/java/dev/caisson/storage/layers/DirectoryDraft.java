package dev.caisson.storage.layers;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A directory being filled that becomes a layer. Not for several threads. */
public final class DirectoryDraft {
    private final LayerStore store;
    private final LayerId layer;
    private final @Nullable LayerId late;
    private final Scratch.Entry entry;
    private boolean ended;

    /** @param late its parent, if that need not be committed yet */
    DirectoryDraft(LayerStore store, LayerId layer, @Nullable LayerId late, Scratch.Entry entry) {
        this.store = store;
        this.layer = layer;
        this.late = late;
        this.entry = entry;
    }

    /** The layer's root directory. */
    public Path diff() {
        return entry.path().resolve(LayerStore.DIFF);
    }

    /** See {@link dev.caisson.spi.storage.LayerDraft#commit}. */
    public void commit() {
        if (ended) {
            throw new IllegalStateException("the draft of layer " + layer + " is committed or aborted already");
        }
        ended = true;
        try {
            store.publish(layer, late, entry);
        } catch (StorageProblem problem) {
            dropAfter(problem);
            throw problem;
        } catch (SyscallException e) {
            StorageProblem problem = new StorageProblem(Stage.UNPACK, "committing layer " + layer + ": " + e.getMessage(), LayerStore.remedy(e), e);
            dropAfter(problem);
            throw problem;
        }
        entry.drop();
    }

    private void dropAfter(StorageProblem problem) {
        try {
            entry.drop();
        } catch (SyscallException e) {
            problem.addSuppressed(e);
        }
    }

    /** See {@link dev.caisson.spi.storage.LayerDraft#abort}. */
    public void abort() {
        if (!ended) {
            ended = true;
            entry.drop();
        }
    }
}
