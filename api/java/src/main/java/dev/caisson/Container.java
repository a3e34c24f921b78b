package dev.caisson;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * A live container. {@link #close()} kills and removes it; it also ends with the JVM. All methods may be called from any thread; blocking ones honour
 * interruption.
 */
public interface Container extends AutoCloseable {
    /** 64 lower-case hex digits. */
    String id();

    /** The user's name for it, or one made up. */
    String name();

    /** Where it is in its life, as of now. */
    State state();

    /** The host's pid of its first process; 0 when it is not running. */
    int pid();

    /**
     * Its own address on its first network.
     *
     * @throws NetworkProblem if it has none (networks none and host)
     */
    String ipAddress();

    /**
     * Its own address on a network.
     *
     * @throws NetworkProblem if it has none there
     */
    String ipAddress(String network);

    /**
     * Its own IPv6 address on the first of its networks that has IPv6.
     *
     * @throws NetworkProblem if it has none
     */
    String ip6Address();

    /**
     * Its own IPv6 address on a network.
     *
     * @throws NetworkProblem if it has none there
     */
    String ip6Address(String network);

    /** The names of the networks it is connected to now, in the order of connecting. */
    List<String> networks();

    /**
     * The host port on which a TCP port of the container can be reached. On network host that is the same port.
     *
     * @throws NetworkProblem if the port is not published
     */
    default int port(int containerPort) {
        return port(containerPort, Protocol.TCP);
    }

    /** The same for any protocol. */
    int port(int containerPort, Protocol protocol);

    /** What it may send and receive on each of its networks now. */
    Bandwidth bandwidth();

    /**
     * Changes what it may send and receive, at once and for networks it comes to later.
     *
     * @throws NetworkProblem if it has no network of its own, or the kernel cannot limit
     */
    void bandwidth(Bandwidth limits);

    /**
     * The same by rates such as {@code 10mbit}; "" for no limit.
     *
     * @throws InvalidSpec if they are none
     */
    default void bandwidth(String egress, String ingress) {
        bandwidth(Bandwidth.of(egress, ingress));
    }

    /** What it may reach outside its networks now. */
    Egress egress();

    /**
     * Changes what it may reach outside its networks, on each of them and on those it comes to later: {@code egress(e -> e.allow("repo.example.org:443").denyAll())}. What is allowed no longer
     * ends, also what was begun before; connections under names are made anew.
     *
     * @throws InvalidSpec if a rule is wrong
     * @throws NetworkProblem if it has no network of its own, or is on one that holds nobody to a policy; then what it had holds
     */
    void egress(Consumer<EgressBuilder> policy);

    /** {@code http://localhost:<port>} for a container port. */
    default URI uri(int containerPort) {
        return URI.create("http://localhost:" + port(containerPort));
    }

    /** A further process inside, by program and arguments (no shell). */
    ExecBuilder exec(String... command);

    /**
     * Attaches to its standard streams, or its terminal, as it runs ({@code docker attach}): all three, and the container waits for a reader who is slow.
     *
     * @throws EngineProblem if it does not run
     */
    default Attachment attach() {
        return attach(options -> { });
    }

    /** The same with options. */
    Attachment attach(Consumer<AttachOptions> options);

    /**
     * Sets the size of its terminal; what runs there gets SIGWINCH.
     *
     * @param rows in characters, 1 to 65535
     * @throws EngineProblem if it has no terminal, or does not run
     */
    void resize(int rows, int columns);

    /** Everything printed so far as text, stdout and stderr in the order read. The last 1,000 lines stay readable after removal. */
    String logs();

    /**
     * Its output line by line ({@code docker logs}): for each subscriber what is kept, then, if he follows, what comes, every line once and in the order read. Delivered by the
     * engine's threads as he asks for it. The container does not wait for a follower: one who has 65,536 lines or 16 MiB that came since he subscribed still before him gets an
     * {@link EngineProblem}.
     */
    Flow.Publisher<LogLine> logs(LogQuery query);

    /**
     * Sends the stop signal, waits for the grace time, then kills. Returns when it is stopped.
     *
     * @throws EngineProblem if it could not be killed
     */
    void stop();

    /** Sends a signal to its first process. Does nothing when it is not running. */
    void kill(Signal signal);

    /** Freezes all its processes (cgroup freezer). */
    void pause();

    /** Thaws them. */
    void resume();

    /**
     * Starts it if it was only created, or has ended; returns when its program runs and what it waits for came true. Does nothing while it runs.
     *
     * @throws LaunchFailed if the program is missing (127), not executable (126), or the container cannot be set up (125)
     */
    void start();

    /** Stops it if it runs, and starts it again with the same root file system. */
    void restart();

    /**
     * Waits for its end; with a {@link RestartPolicy}, for the one after which it is not started again.
     *
     * @throws ContainerTimeout if it still runs after {@code timeout}; it is left running
     */
    ExitStatus waitForExit(Duration timeout);

    /**
     * Waits until it is ready. Of its output, the last 1,000 lines and what follows are looked at.
     *
     * @throws NotReady if it is not after {@code timeout}, or ended before; it is left as it is
     */
    void await(Readiness readiness, Duration timeout);

    /** What the checks of its health have found until now; {@link Health#NONE} if it has no health check. */
    Health health();

    /** How often its {@link RestartPolicy} has started it again since somebody started it. */
    int restartCount();

    /** Completes at its end; with a {@link RestartPolicy}, at the one after which it is not started again. */
    CompletableFuture<ExitStatus> onExit();

    /**
     * Completes at its next end, also one after which its {@link RestartPolicy} starts it again ({@code docker wait --condition next-exit}); exceptionally with an {@link EngineProblem}
     * if it is removed without.
     */
    CompletableFuture<ExitStatus> onNextExit();

    /** Completes when it is removed ({@code docker wait --condition removed}), and all that it had. */
    CompletableFuture<Void> onRemoved();

    /** How it ended; empty while it runs or was not started. */
    Optional<ExitStatus> exitStatus();

    /**
     * Gives it another name ({@code docker rename}). On its networks it goes by the old one until it is connected again.
     *
     * @throws InvalidSpec if the name is taken, or is none
     */
    void rename(String name);

    /**
     * Changes limits while it runs ({@code docker update}); they hold for restarts too. All of them or none.
     *
     * @throws InvalidSpec listing every wrong value
     * @throws UnsupportedOnThisHost if the kernel does not take one
     */
    void update(Consumer<LimitUpdate> changes);

    /** Its processes now, those of execs too ({@code docker top}); the first one first. */
    List<ProcessInfo> top();

    /** What it uses now, in full. */
    ContainerStats usage();

    /**
     * {@link #usage()} again and again, until its end. A subscriber who is slow misses readings, none comes late. Delivered by the engine's threads.
     *
     * @param every from 10 ms
     */
    Flow.Publisher<ContainerStats> usage(Duration every);

    /** All that is known of it, typed and in the shape of docker's JSON. */
    ContainerDetails inspect();

    /**
     * From now on it outlives the JVM and the engine, whatever they end by: its program goes on, its output and exit status are kept, and the next engine with the same
     * root directory, in whichever JVM, has it in {@link Engine#containers()}. {@link #close()} leaves it running; {@link #remove()} removes it. Does nothing if it is detached.
     *
     * @throws UnsupportedOnThisHost if something of it needs this JVM; the message names it
     * @throws EngineProblem if it has ended
     */
    void detach();

    /** CPU, memory and processes as of now. */
    Stats stats();

    /** What it changed in its root file system until now, sorted by path. */
    List<Change> changes();

    /**
     * Writes its file system as a flat tar ({@code docker export}), running or not; without volumes, binds and tmpfs, which are not the container's. It is paused
     * meanwhile, so that no file is in the tar in part. The file appears when it is complete.
     *
     * @throws StorageProblem if the file cannot be written
     * @throws EngineProblem if the container is removed
     * @throws UnsupportedOnThisHost if its root is the host's
     */
    void export(Path tar);

    /**
     * Makes an image of what it changed, on its own image ({@code docker commit}); of a container without an image, one layer with all its files. Its own settings
     * (command, environment with all its values, user, labels …) become the image's. Volumes, binds and tmpfs are not in it.
     *
     * @param changes Dockerfile instructions, such as {@code CMD ["/app"]}
     * @throws InvalidSpec if an instruction cannot be understood
     * @throws ImageProblem if the reference cannot be a name, or a file a layer's
     * @throws EngineProblem if the container is removed
     * @throws UnsupportedOnThisHost if its root is the host's
     */
    default Image commit(String reference, String... changes) {
        return commit(reference, CommitOptions.DEFAULT.change(changes));
    }

    /** The same with an author, a message, or without a pause. */
    Image commit(String reference, CommitOptions options);

    /** What the engine applied, and what it could not apply (best effort), one line each. */
    List<String> warnings();

    /** Kills it if it runs, and removes everything it had, volumes without a name too ({@code docker rm -f -v}). Idempotent. */
    void remove();

    /**
     * The same, with docker's choices.
     *
     * @param force whether it is killed if it runs
     * @param volumes whether its volumes without a name go with it; else they stay, under the names they were given, as others that have one
     * @throws EngineProblem if it runs and {@code force} is false
     */
    void remove(boolean force, boolean volumes);

    /** As {@link #remove()}, unless it is detached. Kills at once when its first process does not catch the stop signal, else stops with grace. */
    @Override
    void close();

    /** Where a container is in its life. */
    enum State {
        /** Made, and never started. */
        CREATED,
        /** Its first process lives. */
        RUNNING,
        /** All its processes are frozen. */
        PAUSED,
        /** It has ended, and its {@link RestartPolicy} is about to start it again. */
        RESTARTING,
        /** It has ended; it can be started again. */
        EXITED,
        /** Nothing is left of it but the last lines of its log and its exit status. */
        REMOVED
    }

    /**
     * Use of resources since the start.
     *
     * @param memoryBytes used now
     * @param peakMemoryBytes at most; 0 where the kernel does not say
     * @param pids processes and threads now
     */
    record Stats(Duration cpuTime, long memoryBytes, long peakMemoryBytes, long pids, boolean oomKilled) {}
}
