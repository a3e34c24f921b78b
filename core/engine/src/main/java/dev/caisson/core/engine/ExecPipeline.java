package dev.caisson.core.engine;

import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.Exec;
import dev.caisson.ExecBuilder.ExecSpec;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.InvalidSpec;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.core.cgroup.ExecCgroup;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.plan.ExecCompiler;
import dev.caisson.core.plan.ExecInput;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.poll.Timers;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.spec.CommandLine;
import dev.caisson.core.spec.Environment;
import dev.caisson.core.spec.Targets;
import dev.caisson.core.streams.MemoryOutput;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.linux.Fd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A process executed inside a running container, from its builder to its end. */
final class ExecPipeline {
    private ExecPipeline() {}

    static Exec start(RunContext run, ExecSpec exec, ContainerProcess into) {
        return start(run, exec, into, false);
    }

    /** Of both streams together only the first {@code outputLimit()} bytes are kept, as stdout; more is no failure. */
    static Exec startKeepingTheHead(RunContext run, ExecSpec exec, ContainerProcess into) {
        return run.engine().powers().with(() -> start(run, exec, into, true));
    }

    private static Exec start(RunContext run, ExecSpec exec, ContainerProcess into, boolean head) {
        if (exec.command().isEmpty() || exec.command().get(0).isEmpty()) {
            throw new InvalidSpec("exec(…)", "names no program", "give a command, such as exec(\"ls\", \"/\")");
        }
        LocalEngine engine = run.engine();
        PlanInput container = run.input();
        ExecCgroup group = run.cgroup().exec();
        Identity identity = exec.user() == null ? null : identity(run, exec.user());
        if (identity != null && container.users() != null) {
            Resolution.requireMapped(container.users(), identity, engine.powers().ids().orElse(null));
        }
        PlanInput.Process process = process(run, container, exec, identity);
        ExecInput input = new ExecInput(namespaces(container), process,
                engine.host().privileges().ofExec(run.spec().security(), process.uid() == 0, exec.privileged()), group.ops(Phase.PREPARE),
                group.ops(Phase.PREFIX), group.ops(Phase.UNDO));
        LiveExec live = new LiveExec(exec, "exec " + exec.command() + " in container " + run.name(), head);
        MemoryOutput out = new MemoryOutput(exec.outputLimit(), head ? () -> { } : live::kill);
        Outputs outputs = new Outputs(out, head ? out : new MemoryOutput(exec.outputLimit(), live::kill), null, new RecentLines());
        Pipework pipes = Pipework.open(engine, exec.stdin(), outputs);
        List<Fd> rulesets = new ArrayList<>();
        try (Fd pidfd = into.pidfd().orElseThrow(() -> ended(run))) {
            ContainerProcess launched = new ContainerProcess(live.who, exec.command().get(0), into.guard(), ExecCompiler.compile(input), pipes.readers());
            List<Fd> fds = new ArrayList<>(pipes.theirs());
            fds.add(pidfd);
            if (input.privilege().landlock()) {
                Confinement.ruleset(run.root().root()).ifPresent(rulesets::add);
                fds.addAll(rulesets);
            }
            live.attach(launched, outputs, engine);
            launched.launch(fds);
            return live;
        } catch (RuntimeException e) {
            engine.poller().execute(() -> pipes.readers().forEach(dev.caisson.core.streams.OutputReader::end));
            throw e;
        } finally {
            rulesets.forEach(Fd::close);
            pipes.closeTheirs();
        }
    }

    private static Identity identity(RunContext run, String user) {
        try {
            return Identities.resolve(run.root().root(), user, List.of());
        } catch (IllegalStateException closedMeanwhile) {
            throw ended(run);
        }
    }

    private static EngineProblem ended(RunContext run) {
        return new EngineProblem(Stage.SUPERVISE, "container " + run.name() + " has ended", "start it first");
    }

    /** CLONE_NEW* of what the container has of its own. */
    private static long namespaces(PlanInput container) {
        long all = 0x00020000L | 0x02000000L; // mount, cgroup
        if (container.spaces().uts() != PlanInput.Space.HOST) {
            all |= 0x04000000L;
        }
        if (container.spaces().ipc() != PlanInput.Space.HOST) {
            all |= 0x08000000L;
        }
        if (container.network() != PlanInput.NetworkNamespace.HOST) {
            all |= 0x40000000L;
        }
        if (container.users() != null) {
            all |= 0x10000000L;
        }
        return container.timeNamespace() ? all | 0x80L : all;
    }

    private static PlanInput.Process process(RunContext run, PlanInput container, ExecSpec exec, @Nullable Identity identity) {
        PlanInput.Process first = container.process();
        List<String> inherited = new ArrayList<>(first.env());
        if (identity != null) {
            inherited.removeIf(line -> line.startsWith("HOME="));
        }
        Environment environment = Environment.of(container.hostname(), false, inherited, exec.env(), identity == null ? "/" : identity.home());
        String workdir = exec.workdir() != null ? Targets.normal(exec.workdir()) : first.workdir();
        return new PlanInput.Process(CommandLine.candidates(exec.command().get(0), environment.path(), workdir), exec.command(), environment.lines(), workdir,
                identity == null ? first.uid() : identity.uid(), identity == null ? first.gid() : identity.gid(),
                identity == null || !run.engine().powers().canSetGroups() ? first.groups() : identity.supplementary(), false, false, 0, first.rlimits());
    }

    /** The handle. */
    private static final class LiveExec implements Exec {
        private final ExecSpec spec;
        private final String who;
        private final CompletableFuture<Execution> result = new CompletableFuture<>();
        private volatile ContainerProcess process;
        private volatile boolean timedOut;

        private final boolean head;

        LiveExec(ExecSpec spec, String who, boolean head) {
            this.spec = spec;
            this.who = who;
            this.head = head;
        }

        void attach(ContainerProcess running, Outputs outputs, LocalEngine engine) {
            process = running;
            Timers.Timer timer = spec.timeout() == null ? null : engine.poller().schedule(spec.timeout(), () -> {
                timedOut = true;
                kill();
            });
            running.ended().whenComplete((ended, failure) -> {
                if (timer != null) {
                    timer.cancel();
                }
                if (failure != null) {
                    result.completeExceptionally(failure);
                } else {
                    finish(ended, outputs);
                }
            });
        }

        private void finish(Optional<GuardExit> ended, Outputs outputs) {
            if (ended.isEmpty()) {
                result.completeExceptionally(ContainerProcess.endUnknown(who));
                return;
            }
            GuardExit exit = ended.get();
            Execution execution = new Execution(new ExitStatus(exit.exitCode(), exit.signal(), false), outputs.out(), outputs.err(), exit.elapsed(), exit.cpu(),
                    exit.maxRssKib() * 1024, List.of(), List.of(), Map.of(Stage.SUPERVISE, exit.elapsed()));
            if (!head && !outputs.exceeded().isEmpty()) {
                result.completeExceptionally(new OutputLimitExceeded(outputs.exceeded(), spec.outputLimit()));
            } else if (timedOut) {
                Duration limit = java.util.Objects.requireNonNull(spec.timeout());
                result.completeExceptionally(new ContainerTimeout(who + " was killed because it still ran after " + limit, limit, execution));
            } else {
                result.complete(execution);
            }
        }

        void kill() {
            process.signal(Signal.KILL.number(), Guard.Scope.TREE);
        }

        @Override
        public int pid() {
            return process.awaitPid();
        }

        @Override
        public void kill(Signal signal) {
            process.signal(signal.number(), signal == Signal.KILL ? Guard.Scope.TREE : Guard.Scope.PROCESS);
        }

        @Override
        public CompletableFuture<Execution> onExit() {
            return result.copy();
        }

        @Override
        public Execution await() {
            return Waiting.await(result, who, this::kill);
        }

        @Override
        public String toString() {
            return who + (result.isDone() ? " (ended)" : "");
        }
    }
}
