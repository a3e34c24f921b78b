package dev.caisson.core.image;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.ImageStore;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/** Operations that add to the stores: under the lock that removals respect, and taken back if they fail or their JVM dies. */
@SuppressWarnings("try")
final class Additions {
    private final ContentStore content;
    private final ImageStore store;
    private final ImageGarbage garbage;

    Additions(ContentStore content, ImageStore store, ImageGarbage garbage) {
        this.content = content;
        this.store = store;
        this.garbage = garbage;
    }

    /** Runs one. */
    <T> T run(Function<Added, T> operation) {
        Added added = new Added(content);
        try (ImageStore.Use use = store.use(); ContentStore.Operation under = content.operation()) {
            T result = operation.apply(added);
            added.blobs.forEach(content::settle);
            return result;
        } catch (RuntimeException e) {
            takeBack(added, e);
            if (!broke(e)) {
                added.blobs.forEach(content::settle);
            }
            throw e;
        }
    }

    /** Whether the next try may go on with what has come: nothing was wrong with it. */
    private static boolean broke(RuntimeException e) {
        return e.getCause() instanceof IOException || e.getCause() instanceof InterruptedException;
    }

    private void takeBack(Added added, RuntimeException cause) {
        if (added.blobs.isEmpty() && added.layers.isEmpty()) {
            return;
        }
        // After the shared lock is gone: others may be adding the same content.
        try (ImageStore.Use all = store.collect()) {
            garbage.collect(List.copyOf(added.layers));
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /** Removes what operations left whose JVM died, unless another JVM is busy with the images: then a later one does it. */
    void recover() {
        store.tryCollect().ifPresent(use -> {
            try (use) {
                if (content.reclaim() > 0) {
                    garbage.collectAll();
                }
                content.sweepParts(false);
            }
        });
    }
}
