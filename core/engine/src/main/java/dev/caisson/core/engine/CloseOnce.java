package dev.caisson.core.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of an engine, which comes once: from its user, or with the JVM. Who comes second waits until all is done. */
final class CloseOnce {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private final ReentrantLock closing = new ReentrantLock();
    private final Thread hook;
    private final Duration patience;
    private final Runnable end;
    private volatile boolean begun;

    private CloseOnce(String engine, Duration patience, Runnable end) {
        this.patience = patience;
        this.end = end;
        this.hook = new Thread(this::withTheJvm, "caisson-shutdown-" + engine);
    }

    /**
     * From here on it comes with the JVM's end at the latest.
     *
     * @param engine its id
     * @param patience how long the JVM's end waits for a close that is under way
     */
    static CloseOnce armed(String engine, Duration patience, Runnable end) {
        CloseOnce made = new CloseOnce(engine, patience, end);
        Runtime.getRuntime().addShutdownHook(made.hook);
        return made;
    }

    boolean begun() {
        return begun;
    }

    void run() {
        closing.lock();
        try {
            once();
        } finally {
            closing.unlock();
            disarm(); // now and not before: a JVM that goes down while its engine closes waits for that
        }
    }

    private void disarm() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM goes down already
        }
    }

    /** Not for ever: who closes the engine may be the one who calls System.exit() from a listener, which waits for us. What is left then is the guard's. */
    private void withTheJvm() {
        try {
            if (closing.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                try {
                    once();
                } finally {
                    closing.unlock();
                }
            } else {
                LOG.warn("the JVM ends while its engine still closes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void once() {
        if (!begun) {
            begun = true;
            end.run();
        }
    }
}
