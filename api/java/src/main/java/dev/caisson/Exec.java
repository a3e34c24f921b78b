package dev.caisson;

import java.util.concurrent.CompletableFuture;

/** A further process running inside a container. */
public interface Exec {
    /** The host's pid of it; 0 when it has ended. */
    int pid();

    /** Sends a signal to the process; {@link Signal#KILL} goes to it and all its descendants. */
    void kill(Signal signal);

    /** Completes at its end, with everything it printed; exceptionally as {@link #await()} throws. */
    CompletableFuture<Execution> onExit();

    /**
     * Waits for its end.
     *
     * @throws ContainerTimeout if its time-out passed
     * @throws LaunchFailed if it could not be started
     */
    Execution await();
}
