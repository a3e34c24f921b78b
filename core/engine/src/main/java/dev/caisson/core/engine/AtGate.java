package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.poll.Timers;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container whose program waits at its start gate. Who opens the gate may be anybody, who says nothing to the guard; so it is seen from the process itself when its program
 * begins, and then its {@code poststart} hooks run: once, by the engine that has it then, even if the gate was opened while none had it.
 */
final class AtGate {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final Duration PAUSE = Duration.ofMillis(20);
    /** PF_FORKNOEXEC of include/linux/sched.h, in the flags of /proc/PID/stat: forked, and has executed nothing since. */
    private static final long NOT_EXECUTED = 0x40;
    /** PF_EXITING: it is dead, or about to be. */
    private static final long ENDING = 0x4;
    private static final int FLAGS = 6; // of the fields behind the name in parentheses: proc_pid_stat(5) calls it (9)
    private static final String DONE = "poststart";
    /** What the guard's child ends with where the program is missing or cannot be executed. */
    private static final int NEVER_RAN = 126;

    private final RunContext run;
    private final ContainerProcess process;
    private final Path gate;
    private enum Where { WAITING, BEGUN, ENDED }

    /** Completes when its program has begun, and its hooks have run; or it has ended. */
    private final CompletableFuture<Void> past = new CompletableFuture<>();
    private Timers.@Nullable Timer timer;
    private boolean watched;
    private boolean decided;

    private AtGate(RunContext run, Path gate) {
        this.run = run;
        this.process = run.process();
        this.gate = gate;
    }

    /** One that was launched just now, and waits; null if it has no gate. */
    static @Nullable AtGate launched(RunContext run) {
        AtGate at = of(run);
        if (at != null && OciHooks.whenRunning(run.spec())) {
            FileCalls.unlinkatIfPresent(run.files().state(), DONE, 0);
            at.watch();
        }
        return at;
    }

    /** One that was taken over, wherever it is; null if it has no gate. */
    static @Nullable AtGate adopted(RunContext run) {
        AtGate at = of(run);
        if (at != null && OciHooks.whenRunning(run.spec()) && FileCalls.fstatatIfPresent(run.files().state(), DONE, Fcntl.AT_SYMLINK_NOFOLLOW).isEmpty()) {
            at.watch();
        }
        return at;
    }

    private static @Nullable AtGate of(RunContext run) {
        Path gate = run.spec().oci() == null ? null : run.spec().oci().startGate();
        return gate == null ? null : new AtGate(run, gate);
    }

    /**
     * Opens it, unless it was; returns when the program runs and its hooks have run, or it has ended.
     *
     * @throws EngineProblem if there is no such FIFO any more, or the engine is closed meanwhile
     */
    void open() {
        if (where() != Where.BEGUN) {
            try (Fd fifo = FileCalls.open(gate, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK | Fcntl.O_NOFOLLOW, 0)) { // its child holds it open
                FileCalls.writeAll(fifo, ByteBuffer.wrap(new byte[1]));
            } catch (SyscallException e) {
                if (!e.is(Errno.ENXIO) || where() == Where.WAITING) { // else somebody has opened it just now, or it has ended
                    throw new EngineProblem(Stage.SUPERVISE, "could not open the start gate of container " + run.name() + ": " + e.getMessage(),
                            "startGate(" + gate + ") must still be the FIFO that it was when the container was made", e);
                }
            }
            watch();
        }
        if (isWatched()) {
            Waiting.await(past, "the start of container " + run.name(), () -> { });
        }
    }

    private synchronized boolean isWatched() {
        return watched;
    }

    private synchronized void watch() {
        if (!watched) {
            watched = true;
            process.ended().whenComplete((end, failure) -> decide(failure == null && end.filter(e -> e.signal() == 0 && e.exitCode() < NEVER_RAN).isPresent()));
            look();
        }
    }

    private synchronized void look() {
        if (where() == Where.BEGUN) {
            decide(true);
        } else if (!decided) {
            timer = run.engine().poller().schedule(PAUSE, this::look);
        }
    }

    /**
     * It has begun, or has ended before that was seen: by a signal, or with a code that the guard's child has too, it may never have begun.
     *
     * @param ran whether its program did
     */
    private synchronized void decide(boolean ran) {
        if (decided) {
            return;
        }
        decided = true;
        if (!ran || !OciHooks.whenRunning(run.spec()) || !mark()) {
            past.complete(null);
            return;
        }
        run.engine().workers().execute(() -> {
            try {
                OciHooks.runPoststart(run);
            } finally {
                past.complete(null);
            }
        });
    }

    /** Before they run: none runs twice, whoever dies meanwhile. */
    private boolean mark() {
        try {
            FileCalls.openat(run.files().state(), DONE, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600).close();
            return true;
        } catch (SyscallException e) {
            if (!e.is(Errno.EEXIST)) {
                LOG.warn("the poststart hooks of container {} do not run: {}", run.name(), e.getMessage());
            }
            return false;
        }
    }

    /** The engine is closed; the next one looks again. */
    synchronized void leave() {
        decided = true;
        if (timer != null) {
            timer.cancel();
        }
        past.completeExceptionally(new EngineProblem(Stage.SUPERVISE, "the engine was closed while container " + run.name() + " began", "the next engine of this root has it in containers()"));
    }

    /** Its number is its own as long as its descriptor can be told something. */
    private Where where() {
        try (Fd own = process.pidfd().orElse(null)) {
            if (own == null) {
                return Where.ENDED;
            }
            String stat = Files.readString(Path.of("/proc/" + Processes.pidOf(own) + "/stat"), StandardCharsets.ISO_8859_1); // its name may be any bytes
            Processes.pidfdSendSignal(own, 0);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long flags = Long.parseLong(fields[FLAGS]);
            return (flags & NOT_EXECUTED) == 0 ? Where.BEGUN : (flags & ENDING) == 0 ? Where.WAITING : Where.ENDED;
        } catch (IOException | SyscallException e) {
            return Where.ENDED;
        }
    }
}
