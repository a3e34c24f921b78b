package dev.caisson.core.engine;

import dev.caisson.ContainerException;
import dev.caisson.ContainerSpec;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.Mount;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.RootSource;
import dev.caisson.SandboxTier;
import dev.caisson.Stage;
import dev.caisson.Stdin;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.core.guard.ConfinedProcess;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.landlock.Reach;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.streams.InputWriter;
import dev.caisson.core.streams.MemoryOutput;
import dev.caisson.core.streams.NullDevice;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Landlock;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;

/** {@code execute()} of a sandbox whose caller allowed {@link SandboxTier#LANDLOCK}, on a host that forbids namespaces. */
final class LandlockRun {
    /** From then on it has a right for everything that changes a file's content (truncate(2)). */
    static final int LEAST_ABI = 3;
    static final int WITH_SIGNALS = 6;
    private static final String WHO = "the sandbox without namespaces";
    private static final int CHUNK = 64 * 1024;

    private final ContainerSpec spec;
    private final List<Path> hidden;
    private final ExecutorService workers;
    private final int abi = Landlock.abi();

    /** @param hidden the engine's own directories, if it has any */
    LandlockRun(ContainerSpec spec, List<Path> hidden, ExecutorService workers) {
        this.spec = spec;
        this.hidden = hidden;
        this.workers = workers;
    }

    /** Whether a caller wants that rather than nothing. */
    static boolean allowed(ContainerSpec spec) {
        return spec.security().sandbox() && spec.security().least() == SandboxTier.LANDLOCK;
    }

    /** With namespaces what may run without finds the directory it can write by the same names. */
    static ContainerSpec alike(ContainerSpec spec) {
        return allowed(spec) ? spec.with(spec.process().in("/tmp", "TMPDIR", "/tmp")) : spec;
    }

    /**
     * Runs it to its end.
     *
     * @param why how the host forbids namespaces
     * @throws UnsupportedOnThisHost if it has no Landlock either, or an older one
     */
    Execution execute(ContainerException why) {
        if (abi < LEAST_ABI) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "this host allows neither namespaces (" + why.getMessage() + ") nor, for sandbox(SandboxTier.LANDLOCK), Landlock of ABI "
                    + LEAST_ABI + ": it has " + (abi == 0 ? "none" : "ABI " + abi), why.remedy() + "; or Linux 6.2, booted with lsm=landlock,…", why);
        }
        try (ScratchDirectory scratch = ScratchDirectory.make()) {
            LaunchPlan plan = LandlockProgram.of(spec, scratch.path(), abi >= WITH_SIGNALS);
            try (Fd ruleset = Reach.ruleset(bound(), hidden(), scratch.path(), abi)) {
                return run(plan, ruleset, why);
            }
        }
    }

    private List<Path> bound() {
        List<Path> bound = new ArrayList<>();
        spec.files().mounts().forEach(mount -> bound.add(((Mount.Bind) mount).source())); // others were refused when the spec was made
        return bound;
    }

    private List<Path> hidden() {
        List<Path> all = new ArrayList<>(((RootSource.HostRoot) spec.root()).hidden());
        all.addAll(hidden);
        return all;
    }

    private Execution run(LaunchPlan plan, Fd ruleset, ContainerException why) {
        Process process = new Process();
        try (Fd stdin = input(); Fd stdout = process.out.write(); Fd stderr = process.err.write()) {
            process.confined = ConfinedProcess.start(plan, List.of(stdin, stdout, stderr), ruleset);
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
        return process.toEnd(plan, why);
    }

    private Fd input() {
        Stdin stdin = spec.process().stdin();
        return stdin instanceof Stdin.None ? FileCalls.open("/dev/null", Fcntl.O_RDONLY, 0) : InputWriter.open(stdin, new NullDevice(), workers); // that would mount one of its own
    }

    /** One run's process and output. */
    private final class Process {
        final Pipes.Pipe out = Pipes.pipe2(0);
        final Pipes.Pipe err = Pipes.pipe2(0);
        final MemoryOutput stdout = new MemoryOutput(spec.life().outputLimit(), this::kill);
        final MemoryOutput stderr = new MemoryOutput(spec.life().outputLimit(), this::kill);
        volatile ConfinedProcess confined;

        void close() {
            out.read().close();
            err.read().close();
        }

        void kill() {
            confined.kill();
        }

        Execution toEnd(LaunchPlan plan, ContainerException why) {
            CompletableFuture<Void> reading = CompletableFuture.allOf(CompletableFuture.runAsync(() -> read(out.read(), stdout), workers),
                    CompletableFuture.runAsync(() -> read(err.read(), stderr), workers));
            CompletableFuture<ConfinedProcess.End> ending = CompletableFuture.supplyAsync(confined::end, workers);
            Duration limit = spec.life().timeout();
            boolean late = false;
            try {
                late = limit != null && !Waiting.within(ending, limit);
                if (late) {
                    kill();
                }
                Waiting.await(ending, WHO, this::kill);
            } catch (EngineProblem e) {
                kill(); // interrupted
                throw e;
            } finally {
                Waiting.ended(ending, Duration.ofSeconds(20));
                Waiting.ended(reading, Duration.ofSeconds(20)); // what lives on may hold the pipes
            }
            return result(plan, ending.join(), late, why);
        }

        private Execution result(LaunchPlan plan, ConfinedProcess.End end, boolean late, ContainerException why) {
            end.failure().ifPresent(failure -> {
                throw LaunchErrors.of(WHO, plan, failure, spec.process().command() == null ? "" : String.join(" ", spec.process().command()));
            });
            GuardExit exit = java.util.Objects.requireNonNull(end.exit());
            if (stdout.over() || stderr.over()) {
                throw new OutputLimitExceeded(stdout.over() ? "stdout" : "stderr", spec.life().outputLimit());
            }
            Execution execution = new Execution(new ExitStatus(exit.exitCode(), exit.signal(), false), stdout.toBytes(), stderr.toBytes(), exit.elapsed(), exit.cpu(),
                    exit.maxRssKib() * 1024, List.of(), warnings(why, end.leftover()), Map.of(Stage.SUPERVISE, exit.elapsed()), Optional.of(SandboxTier.LANDLOCK));
            if (late) {
                Duration limit = java.util.Objects.requireNonNull(spec.life().timeout());
                throw new ContainerTimeout(WHO + " was killed because it still ran after " + limit, limit, execution);
            }
            return execution;
        }
    }

    private static void read(Fd pipe, MemoryOutput into) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try (pipe) {
            while (true) {
                chunk.clear();
                if (FileCalls.read(pipe, chunk) <= 0) {
                    return;
                }
                into.accept(chunk.flip());
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.EBADF)) {
                throw e;
            }
        }
    }

    private List<String> warnings(ContainerException why, boolean leftover) {
        List<String> warnings = new ArrayList<>();
        warnings.add("sandbox() ran in its weaker tier, Landlock alone, since this host forbids namespaces: " + why.getMessage());
        warnings.add("it could see that other processes and files exist, though neither read nor change them but for /usr, /opt, /etc and what was bound; memory was limited for each process, "
                + "the number of processes for all of this user's");
        if (abi < WITH_SIGNALS) {
            warnings.add("Landlock ABI " + abi + " does not keep signals in: none could be sent but by a process to its own group");
        }
        if (leftover) {
            warnings.add("something it started forked faster than it could be killed, and may still run under Landlock");
        }
        return warnings;
    }
}
