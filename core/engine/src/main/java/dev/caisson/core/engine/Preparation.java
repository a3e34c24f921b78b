package dev.caisson.core.engine;

import dev.caisson.core.guard.Guard;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * What is done to a process that waits to go on (WAIT_GO), by its host pid.
 *
 * @param workers where it is done: it may block
 */
record Preparation(IntConsumer action, Executor workers) {
    /**
     * Does it and lets the launch go on.
     *
     * @param done called then
     * @param failed called with what went wrong, before the launch is killed
     */
    void run(Guard guard, int launchId, int pid, Runnable done, Consumer<RuntimeException> failed) {
        workers.execute(() -> {
            try {
                action.accept(pid);
                guard.go(launchId);
                done.run();
            } catch (RuntimeException | Error e) {
                failed.accept(e instanceof RuntimeException known ? known : new IllegalStateException(e)); // nobody would let it go on
                guard.signal(launchId, dev.caisson.Signal.KILL.number(), Guard.Scope.TREE);
            }
        });
    }
}
