package dev.caisson.core.engine;

import dev.caisson.linux.Fd;
import java.util.Optional;

/** How a container is started again, or for the first time. */
interface Relauncher {
    /** @param goesOn whether for whoever waits for something it says it is still the same run */
    ContainerProcess again(boolean goesOn);

    /**
     * All that such a start takes, without standard input; empty if only this JVM can make it.
     *
     * @param stdout the write end, which stays the caller's
     */
    default Optional<Recipe> recipe(Fd stdout, Fd stderr) {
        return Optional.empty();
    }

    /** What was started runs. */
    default void runs(ContainerProcess process) { }
}
