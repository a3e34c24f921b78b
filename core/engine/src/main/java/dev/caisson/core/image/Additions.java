package dev.caisson.core.image;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.ImageStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Operations that add to the stores: under the lock that removals respect, and taken back if they fail or their JVM dies. */
@SuppressWarnings("try")
final class Additions {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private final ContentStore content;
    private final ImageStore store;
    private final ImageGarbage garbage;
    /** Whether a failure of this JVM's has not been taken back yet. */
    private volatile boolean left;

    Additions(ContentStore content, ImageStore store, ImageGarbage garbage) {
        this.content = content;
        this.store = store;
        this.garbage = garbage;
    }

    /** Runs one. */
    <T> T run(Function<Added, T> operation) {
        try {
            return changing(operation);
        } finally {
            if (left) {
                recoverLater();
            }
        }
    }

    private <T> T changing(Function<Added, T> operation) {
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
        // After the shared lock is gone: others may be adding the same content. Who else uses it may do so for long, and whoever ends last takes back this too.
        try {
            Optional<ImageStore.Use> alone = store.tryCollect();
            if (alone.isEmpty()) {
                content.operation().abandon();
                left = true;
                return;
            }
            try (ImageStore.Use all = alone.get()) {
                garbage.collect(List.copyOf(added.layers));
            }
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /** What somebody else's failure has left is no failure of this one's. */
    private void recoverLater() {
        try {
            recover();
        } catch (RuntimeException e) {
            LOG.warn("what an operation on images has left cannot be removed yet", e);
        }
    }

    /** Removes what operations left whose JVM died, unless another JVM is busy with the images: then a later one does it. */
    void recover() {
        store.tryCollect().ifPresent(use -> {
            try (use) {
                left = false;
                if (content.reclaim() > 0) {
                    garbage.collectAll();
                }
                content.sweepParts(false);
            }
        });
    }
}
