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
    /** {@return 64 lower-case hex digits, made at random with the container; also the name of its directories and cgroups} */
    String id();

    /** {@return the user's name for it, else the first 12 digits of its id; unique among the engines of a root directory} */
    String name();

    /** {@return where it is in its life, as of now; {@link State#REMOVED} for ever after {@link #remove()}} */
    State state();

    /** {@return the number of its first process in the PID namespace of the JVM, as in {@code /proc}; 0 when it is not running} */
    int pid();

    /**
     * Its own address on its first network.
     *
     * @return an IPv4 address without prefix length, {@code 172.18.0.2}; it stays over {@link #restart()}
     * @throws NetworkProblem if it has none (networks none and host)
     */
    String ipAddress();

    /**
     * Its own address on a network.
     *
     * @param network by its name
     * @return an IPv4 address without prefix length
     * @throws NetworkProblem if it has none there
     */
    String ipAddress(String network);

    /**
     * Its own IPv6 address on the first of its networks that has IPv6.
     *
     * @return an address without prefix length
     * @throws NetworkProblem if it has none
     */
    String ip6Address();

    /**
     * Its own IPv6 address on a network.
     *
     * @param network by its name
     * @return an address without prefix length
     * @throws NetworkProblem if it has none there
     */
    String ip6Address(String network);

    /** {@return the names of the networks it is connected to now, in the order of connecting; {@code none} and {@code host} stand in it, too} */
    List<String> networks();

    /**
     * The host port on which a TCP port of the container can be reached. On network host that is the same port.
     *
     * @param containerPort 1 to 65535, as given to {@link ContainerBuilder#port(int)}
     * @return a port of the host, 1 to 65535; it stays over {@link #restart()}
     * @throws NetworkProblem if the port is not published
     */
    default int port(int containerPort) {
        return port(containerPort, Protocol.TCP);
    }

    /**
     * The same for any protocol.
     *
     * @param containerPort 1 to 65535
     * @param protocol TCP, UDP, or SCTP where the kernel has it
     * @return a port of the host
     * @throws NetworkProblem if the port is not published for that protocol
     */
    int port(int containerPort, Protocol protocol);

    /** {@return what it may send and receive on each of its networks now; {@link Bandwidth#UNLIMITED} if nothing limits it} */
    Bandwidth bandwidth();

    /**
     * Changes what it may send and receive, at once and for networks it comes to later.
     *
     * @param limits bits a second of whole frames, on each network by itself; {@link Bandwidth#UNLIMITED} takes limits away
     * @throws NetworkProblem if it has no network of its own, or the kernel cannot limit
     * @throws EngineProblem if it is detached
     */
    void bandwidth(Bandwidth limits);

    /**
     * The same by rates such as {@code 10mbit}; "" for no limit.
     *
     * @param egress what it sends: {@code kbit}, {@code mbit} or {@code gbit} a second, powers of 1,000
     * @param ingress what it receives, written alike
     * @throws InvalidSpec if they are none
     * @throws NetworkProblem as {@link #bandwidth(Bandwidth)}
     */
    default void bandwidth(String egress, String ingress) {
        bandwidth(Bandwidth.of(egress, ingress));
    }

    /** {@return what it may reach outside its networks now; {@link Egress#OPEN} if it is held to no policy} */
    Egress egress();

    /**
     * Changes what it may reach outside its networks, on each of them and on those it comes to later: {@code egress(e -> e.allow("repo.example.org:443").denyAll())}. What is allowed no longer
     * ends, also what was begun before; connections under names are made anew.
     *
     * @param policy fills a new policy, which replaces the one before: nothing of that stays
     * @throws InvalidSpec if a rule is wrong
     * @throws NetworkProblem if it has no network of its own, is on one that holds nobody to a policy, is privileged, or has NET_ADMIN; then what it had holds
     * @throws EngineProblem if it is detached
     */
    void egress(Consumer<EgressBuilder> policy);

    /**
     * {@code http://localhost:<port>} for a container port.
     *
     * @param containerPort a TCP port, 1 to 65535
     * @return with the port of the host that {@link #port(int)} says
     * @throws NetworkProblem if the port is not published
     */
    default URI uri(int containerPort) {
        return URI.create("http://localhost:" + port(containerPort));
    }

    /**
     * A further process inside ({@code docker exec}), by program and arguments (no shell). Nothing happens before {@link ExecBuilder#start()} or {@link ExecBuilder#run()}.
     *
     * @param command the program, looked up in the container's {@code PATH} if it has no slash, and its arguments
     * @return to be told more, then started; a container that does not run, or is paused, is an {@link EngineProblem} then
     */
    ExecBuilder exec(String... command);

    /**
     * Attaches to its standard streams, or its terminal, as it runs ({@code docker attach}): all three, and the container waits for a reader who is slow.
     *
     * @return from now on; what was printed before is in {@link #logs()}
     * @throws EngineProblem if it does not run
     */
    default Attachment attach() {
        return attach(options -> { });
    }

    /**
     * The same with options.
     *
     * @param options which streams, how much may wait unread (1 MiB by default), and who gives way then
     * @return from now on; what was printed before is in {@link #logs()}
     * @throws EngineProblem if it does not run
     */
    Attachment attach(Consumer<AttachOptions> options);

    /**
     * Sets the size of its terminal; what runs there gets SIGWINCH.
     *
     * @param rows in characters, 1 to 65535
     * @param columns in characters, 1 to 65535
     * @throws EngineProblem if it has no terminal, or does not run
     */
    void resize(int rows, int columns);

    /**
     * Everything printed so far as text, stdout and stderr in the order read. The last 1,000 lines stay readable after removal.
     *
     * @return as UTF-8, each line with its newline; "" if nothing was printed. All that the log driver kept, or the last 1,000 lines if that cannot be read back
     */
    String logs();

    /**
     * Its output line by line ({@code docker logs}): for each subscriber what is kept, then, if he follows, what comes, every line once and in the order read. Delivered by the
     * engine's threads as he asks for it. The container does not wait for a follower: one who has 65,536 lines or 16 MiB that came since he subscribed still before him gets an
     * {@link EngineProblem}.
     *
     * @param query which lines, and whether to follow ({@code --tail --since --until --follow})
     * @return for any number of subscribers, each with lines of its own
     */
    Flow.Publisher<LogLine> logs(LogQuery query);

    /**
     * Sends the stop signal ({@link ContainerBuilder#stopSignal}), waits for the grace time ({@link ContainerBuilder#stopTimeout}, 10 s), then kills ({@code docker
     * stop}). Returns when it is stopped. Its restart policy does not start it again. Does nothing when it is not running; a paused one is thawed.
     *
     * @throws EngineProblem if it has not ended 10 s after KILL, as it is stuck in the kernel, or the caller was interrupted
     */
    void stop();

    /**
     * Sends a signal to its first process, KILL to all of its processes ({@code docker kill}). Does not wait, and does nothing when it is not running. KILL and the
     * stop signal end its restart policy, too.
     *
     * @param signal any of signal(7); as pid 1 of its namespace the process gets none but KILL and STOP that it does not handle
     */
    void kill(Signal signal);

    /**
     * Freezes all its processes (cgroup freezer, {@code docker pause}). Health checks rest meanwhile.
     *
     * @throws EngineProblem if it does not run
     */
    void pause();

    /**
     * Thaws them ({@code docker unpause}).
     *
     * @throws EngineProblem if it does not run
     */
    void resume();

    /**
     * Starts it if it was only created, or has ended; returns when its program runs and what it waits for came true. Does nothing while it runs, but for one
     * that waits at its {@linkplain ContainerBuilder#startGate start gate}: that is opened, and its {@code poststart} hooks have run when this returns.
     *
     * @throws LaunchFailed if the program is missing (127), not executable (126), or the container cannot be set up (125)
     * @throws NotReady if it runs and what it waits for did not come true; it is left as it is
     * @throws EngineProblem if it was removed, or is a bundle's and was taken over from another JVM
     */
    void start();

    /**
     * Stops it if it runs, and starts it again with the same root file system, volumes, addresses and published ports ({@code docker restart}).
     *
     * @throws LaunchFailed as {@link #start()}
     * @throws EngineProblem as {@link #start()}, or if it could not be stopped
     */
    void restart();

    /**
     * Waits for its end; with a {@link RestartPolicy}, for the one after which it is not started again.
     *
     * @param timeout how long at most; zero only looks
     * @return how it ended
     * @throws ContainerTimeout if it still runs after {@code timeout} and is left running, or was not started
     * @throws EngineProblem if the caller was interrupted (the interrupt status stays set), or the end is unknown as the guard was killed
     */
    ExitStatus waitForExit(Duration timeout);

    /**
     * Waits until it is ready. Of its output, the last 1,000 lines and what follows are looked at.
     *
     * @param readiness several in one: {@link Readiness#all}, {@link Readiness#any}
     * @param timeout from now on
     * @throws NotReady if it is not after {@code timeout}, or ended before; it is left as it is
     */
    void await(Readiness readiness, Duration timeout);

    /** {@return what the checks of its health have found until now, the last five of them; {@link Health#NONE} if it has no health check} */
    Health health();

    /** {@return how often its {@link RestartPolicy} has started it again since somebody started it} */
    int restartCount();

    /**
     * Completes at its end; with a {@link RestartPolicy}, at the one after which it is not started again.
     *
     * @return of this call alone: cancelling it ends nothing. Callbacks run on threads of the engine's and may wait. Exceptionally with an {@link EngineProblem} if
     *     the end is unknown
     */
    CompletableFuture<ExitStatus> onExit();

    /**
     * Completes at its next end, also one after which its {@link RestartPolicy} starts it again ({@code docker wait --condition next-exit}); exceptionally with an {@link EngineProblem}
     * if it is removed without.
     *
     * @return of this call alone: cancelling it ends nothing
     */
    CompletableFuture<ExitStatus> onNextExit();

    /** {@return what completes when it is removed ({@code docker wait --condition removed}), and all that it had} */
    CompletableFuture<Void> onRemoved();

    /** {@return how it ended; empty while it runs or was not started. Stays readable after {@link #remove()}} */
    Optional<ExitStatus> exitStatus();

    /**
     * Gives it another name ({@code docker rename}). On its networks it goes by the old one until it is connected again.
     *
     * @param name letters, digits, {@code _}, {@code .} and {@code -}, beginning with a letter or digit, at most 128
     * @throws InvalidSpec if the name is taken, or is none
     * @throws EngineProblem if it was removed
     */
    void rename(String name);

    /**
     * Changes limits while it runs ({@code docker update}); they hold for restarts too. All of them or none.
     *
     * @param changes names the limits to be changed; what it does not name stays
     * @throws InvalidSpec listing every wrong value
     * @throws UnsupportedOnThisHost if the kernel does not take one
     * @throws EngineProblem if it was removed, or is detached and does not run
     */
    void update(Consumer<LimitUpdate> changes);

    /** {@return its processes now, those of execs too ({@code docker top}), the first one first; empty when it does not run} */
    List<ProcessInfo> top();

    /**
     * What it uses now, in full.
     *
     * @return a reading with its time; two of them are compared by {@link ContainerStats#cpusSince}
     * @throws EngineProblem if it was removed
     */
    ContainerStats usage();

    /**
     * {@link #usage()} again and again, until its end. A subscriber who is slow misses readings, none comes late. Delivered by the engine's threads.
     *
     * @param every from 10 ms
     * @return for any number of subscribers
     * @throws InvalidSpec if {@code every} is below 10 ms
     */
    Flow.Publisher<ContainerStats> usage(Duration every);

    /** {@return all that is known of it now, typed and in the shape of docker's JSON ({@code docker inspect}); no secrets are in it} */
    ContainerDetails inspect();

    /**
     * From now on it outlives the JVM and the engine, whatever they end by: its program goes on, its output and exit status are kept, and the next engine with the same
     * root directory, in whichever JVM, has it in {@link Engine#containers()}. {@link #close()} leaves it running; {@link #remove()} removes it. Does nothing if it is detached.
     *
     * @throws UnsupportedOnThisHost if something of it needs this JVM; the message names it
     * @throws EngineProblem if it has ended
     */
    void detach();

    /** {@return CPU, memory and processes as of now; after its end what it had used in all} */
    Stats stats();

    /**
     * What it changed in its root file system until now, sorted by path.
     *
     * @return empty if nothing was changed; after {@link #remove()} only with {@link ContainerBuilder#captureChanges()} or {@code hostRoot()}
     * @throws EngineProblem if it was taken over from another JVM, which knew
     */
    List<Change> changes();

    /**
     * Writes its file system as a flat tar ({@code docker export}), running or not; without volumes, binds and tmpfs, which are not the container's. It is paused
     * meanwhile, so that no file is in the tar in part. The file appears when it is complete.
     *
     * @param tar replaced if it is there
     * @throws StorageProblem if the file cannot be written
     * @throws EngineProblem if the container is removed
     * @throws UnsupportedOnThisHost if its root is the host's
     */
    void export(Path tar);

    /**
     * Makes an image of what it changed, on its own image ({@code docker commit}); of a container without an image, one layer with all its files. Its own settings
     * (command, environment with all its values, user, labels …) become the image's. Volumes, binds and tmpfs are not in it.
     *
     * @param reference the new image's name, such as {@code team/app:1}
     * @param changes Dockerfile instructions, such as {@code CMD ["/app"]}
     * @return the new image
     * @throws InvalidSpec if an instruction cannot be understood
     * @throws ImageProblem if the reference cannot be a name, or a file a layer's
     * @throws EngineProblem if the container is removed
     * @throws UnsupportedOnThisHost if its root is the host's
     */
    default Image commit(String reference, String... changes) {
        return commit(reference, CommitOptions.DEFAULT.change(changes));
    }

    /**
     * The same with an author, a message, or without a pause.
     *
     * @param reference the new image's name
     * @param options author, message, instructions, and whether it is paused meanwhile (default)
     * @return the new image
     * @throws InvalidSpec if an instruction cannot be understood
     * @throws ImageProblem if the reference cannot be a name, or a file a layer's
     */
    Image commit(String reference, CommitOptions options);

    /** {@return what the engine could not apply (best effort), one line each; see docs/errors.md} */
    List<String> warnings();

    /**
     * Kills it if it runs, and removes everything it had, volumes without a name too ({@code docker rm -f -v}). Idempotent.
     *
     * @throws EngineProblem if a process of it has not ended 10 s after KILL
     */
    void remove();

    /**
     * The same, with docker's choices.
     *
     * @param force whether it is killed if it runs
     * @param volumes whether its volumes without a name go with it; else they stay, under the names they were given, as others that have one
     * @throws EngineProblem if it runs and {@code force} is false
     */
    void remove(boolean force, boolean volumes);

    /**
     * As {@link #remove()}, unless it is detached. Kills at once when its first process does not catch the stop signal, else stops with grace. An interrupt ends the grace; it is
     * removed all the same, and the interrupt status stays set.
     */
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
     * @param cpuTime user and system time of all its processes
     * @param memoryBytes used now
     * @param peakMemoryBytes at most; 0 where the kernel does not say
     * @param pids processes and threads now
     * @param oomKilled whether the kernel killed something of it for want of memory
     */
    record Stats(Duration cpuTime, long memoryBytes, long peakMemoryBytes, long pids, boolean oomKilled) {}
}
