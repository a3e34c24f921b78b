package dev.caisson.core.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What has to be undone, last first. Undo steps run all, whatever the others do; their failures become suppressed exceptions. */
final class UndoStack {
    private record Step(String name, Runnable action) {}

    private final Deque<Step> steps = new ArrayDeque<>();

    /** @param name for messages, as what is undone */
    synchronized void push(String name, Runnable action) {
        steps.push(new Step(name, action));
    }

    /** A descriptor or the like that is closed on the way back. */
    <T extends AutoCloseable> T closing(String name, T resource) {
        push(name, () -> {
            try {
                resource.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("closing " + name, e);
            }
        });
        return resource;
    }

    /** Runs everything that is left, once, and then throws the first failure with the others as suppressed. */
    void unwind() {
        RuntimeException failure = unwind(null);
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * Runs everything that is left, once.
     *
     * @param failure gets what fails here as suppressed; null if nothing failed before
     * @return the first failure, if there was none before
     */
    @Nullable RuntimeException unwind(@Nullable Throwable failure) {
        Throwable first = failure;
        RuntimeException own = null;
        while (true) {
            Step step;
            synchronized (this) {
                step = steps.poll();
            }
            if (step == null) {
                return own;
            }
            try {
                step.action().run();
            } catch (RuntimeException e) {
                if (first == null) {
                    own = e;
                    first = e;
                } else if (first != e) {
                    first.addSuppressed(e);
                }
            }
        }
    }
}
