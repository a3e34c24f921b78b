package dev.caisson;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Containers that share a network namespace (and so {@code localhost}, addresses and published ports), System V IPC with {@code /dev/shm}, and a host name. A container of the engine's
 * own, with the pod's name, holds them: they stay while containers come, end and are started again. {@link #close()} removes all of it; it ends with the JVM. All methods may be called
 * from any thread.
 */
public interface Pod extends AutoCloseable {
    /** Its name, which is its holder's. */
    String name();

    /** The container that holds its namespaces: its address, its ports, its limits. It runs a program that does nothing but reap orphans. */
    Container holder();

    /** Its containers without the holder, in the order they came. */
    List<Container> containers();

    /**
     * Starts a further container in it.
     *
     * @throws InvalidSpec listing what it says that is the pod's to say: ports, networks, names, namespaces
     * @throws EngineProblem if the pod is closed
     */
    Container run(ContainerSpec container);

    /** The same. */
    default Container run(ContainerBuilder container) {
        return run(container.spec());
    }

    /** The host port on which a TCP port of any of its containers can be reached. */
    default int port(int port) {
        return holder().port(port);
    }

    /** {@code http://localhost:<port>} for a port of any of its containers. */
    default URI uri(int port) {
        return holder().uri(port);
    }

    /** Starts those of its containers that do not run, each when those before it are ready. */
    void start();

    /** Stops its containers, the last one first, each with its grace time. Namespaces, addresses and ports stay. */
    void stop();

    /** {@link #stop()}, then {@link #start()}. */
    default void restart() {
        stop();
        start();
    }

    /** Sends a signal to the first process of each of its containers. */
    void kill(Signal signal);

    /** Freezes all of them. */
    void pause();

    /** Thaws them. */
    void resume();

    /**
     * Waits until all of its containers have ended.
     *
     * @return how, in the order of {@link #containers()}
     * @throws ContainerTimeout if one still runs after {@code timeout}
     */
    List<ExitStatus> waitForExit(Duration timeout);

    /** Kills and removes its containers, the last one first, then its namespaces. Idempotent. */
    void remove();

    /** As {@link #remove()}, but containers that catch their stop signal have their grace time. */
    @Override
    void close();
}
