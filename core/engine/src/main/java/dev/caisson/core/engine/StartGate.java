package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets starts in until the engine closes, and lets closing wait for those inside: what a start holds is undone by it or registered by it, and never lost
 * between the two.
 */
final class StartGate {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    private int inside;
    private boolean shut;

    /** @throws EngineProblem when the engine is closed */
    void enter() {
        lock.lock();
        try {
            requireOpen();
            inside++;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            inside--;
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void requireOpen() {
        lock.lock();
        try {
            if (shut) {
                throw new EngineProblem(Stage.VALIDATE, "this engine is closed", "open another with Engine.builder()");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets nobody in any more, and waits for those inside; an interrupt does not cut it short. False if some are still inside after that long. */
    boolean shut(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        boolean interrupted = false;
        lock.lock();
        try {
            shut = true;
            while (inside > 0 && System.nanoTime() < deadline) {
                try {
                    left.awaitNanos(deadline - System.nanoTime());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return inside == 0;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
