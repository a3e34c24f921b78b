package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Lets starts in until the engine closes, and lets closing wait for those inside: what a start holds is undone by it or registered by it, and never lost
 * between the two.
 */
final class StartGate {
    private int inside;
    private boolean shut;

    /** @throws EngineProblem when the engine is closed */
    synchronized void enter() {
        requireOpen();
        inside++;
    }

    synchronized void leave() {
        inside--;
        notifyAll();
    }

    synchronized void requireOpen() {
        if (shut) {
            throw new EngineProblem(Stage.VALIDATE, "this engine is closed", "open another with Engine.builder()");
        }
    }

    /** Lets nobody in any more, and waits for those inside; an interrupt does not cut it short. False if some are still inside after that long. */
    synchronized boolean shut(Duration patience) {
        shut = true;
        long deadline = System.nanoTime() + patience.toNanos();
        boolean interrupted = false;
        while (inside > 0 && System.nanoTime() < deadline) {
            try {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, deadline - System.nanoTime()));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return inside == 0;
    }
}
