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
    /** {@return its name, which is its holder's} */
    String name();

    /** {@return the container that holds its namespaces: its address, its ports, its limits} It runs a program that does nothing but reap orphans. */
    Container holder();

    /**
     * Its containers without the holder, in the order they came.
     *
     * @return as of now, without those that were removed
     */
    List<Container> containers();

    /**
     * Starts a further container in it.
     *
     * @param container it gets the label {@code dev.caisson.pod}
     * @return running, and ready for what it was to wait for
     * @throws InvalidSpec listing what it says that is the pod's to say: ports, networks, names, namespaces
     * @throws EngineProblem if the pod is closed
     * @throws LaunchFailed if it cannot be started; the pod stays as it was
     */
    Container run(ContainerSpec container);

    /**
     * The same.
     *
     * @param container asked for its spec now
     * @return running, and ready for what it was to wait for
     * @throws InvalidSpec listing every wrong value
     */
    default Container run(ContainerBuilder container) {
        return run(container.spec());
    }

    /**
     * The host port on which a TCP port of any of its containers can be reached.
     *
     * @param port as given to {@link PodBuilder#port(int)}
     * @return a port of the host; it stays over {@link #restart()}
     * @throws NetworkProblem if it is not published
     */
    default int port(int port) {
        return holder().port(port);
    }

    /**
     * {@code http://localhost:<port>} for a port of any of its containers.
     *
     * @param port as given to {@link PodBuilder#port(int)}
     * @return with the port of the host
     * @throws NetworkProblem if it is not published
     */
    default URI uri(int port) {
        return holder().uri(port);
    }

    /**
     * Starts those of its containers that do not run, each when those before it are ready.
     *
     * @throws LaunchFailed if one cannot be started; those before it run
     * @throws NotReady if one does not become ready
     * @throws EngineProblem if the pod was removed
     */
    void start();

    /**
     * Stops its containers, the last one first, each with its grace time. Namespaces, addresses and ports stay.
     *
     * @throws EngineProblem if one could not be stopped (the others are all the same), or the pod was removed
     */
    void stop();

    /** {@link #stop()}, then {@link #start()}. */
    default void restart() {
        stop();
        start();
    }

    /**
     * Sends a signal to the first process of each of its containers.
     *
     * @param signal KILL goes to all of their processes
     */
    void kill(Signal signal);

    /** Freezes those of its containers that run; its holder goes on. */
    void pause();

    /** Thaws them. */
    void resume();

    /**
     * Waits until all of its containers have ended.
     *
     * @param timeout for all of them together
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
