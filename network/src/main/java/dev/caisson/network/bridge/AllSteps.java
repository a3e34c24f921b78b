package dev.caisson.network.bridge;

import org.jspecify.annotations.Nullable;

/** Steps of an end, which are all tried whatever becomes of one. Not thread-safe. */
final class AllSteps {
    private @Nullable RuntimeException failure;

    AllSteps run(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            if (failure == null) {
                failure = e;
            } else if (failure != e) {
                failure.addSuppressed(e);
            }
        }
        return this;
    }

    /** Throws the first failure, with the others as suppressed. */
    void over() {
        if (failure != null) {
            throw failure;
        }
    }
}
