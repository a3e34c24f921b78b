package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Exec;
import dev.caisson.ExecBuilder;
import dev.caisson.ExecBuilder.ExecSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Stage;
import dev.caisson.core.cgroup.ExecCgroup;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.plan.ExecCompiler;
import dev.caisson.core.plan.ExecInput;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.spec.CommandLine;
import dev.caisson.core.spec.Environment;
import dev.caisson.core.spec.Targets;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A process executed inside a running container, from its builder to its end. */
final class ExecPipeline {
    private ExecPipeline() {}

    static Exec start(RunContext run, ExecSpec exec, ContainerProcess into) {
        return start(run, exec, into, false);
    }

    private static Exec start(RunContext run, ExecSpec exec, ContainerProcess into, boolean head) {
        check(run, exec);
        String who = "exec " + exec.command() + " in container " + run.name();
        try {
            return start(run, exec, into, head, who);
        } catch (SyscallException e) {
            throw StageClock.failure(Stage.SPAWN, "start " + who, e);
        }
    }

    /** Of both streams together only the first {@code outputLimit()} bytes are kept, as stdout; more is no failure. */
    static Exec startKeepingTheHead(RunContext run, ExecSpec exec, ContainerProcess into) {
        return run.engine().powers().with(() -> start(run, exec, into, true));
    }

    private static Exec start(RunContext run, ExecSpec exec, ContainerProcess into, boolean head, String who) {
        LocalEngine engine = run.engine();
        Optional<OnTheWay.Mark> admin = !exec.privileged() ? Optional.empty() : engine.networkRoom().shared().admin(run, who, held -> new EngineProblem(Stage.NETWORK, who + " cannot be privileged: container "
                + held + ", whose network namespace it would be in, is held to an egress policy, and nobody is who has NET_ADMIN", "leave privileged() out"));
        try {
            LiveExec live = launched(run, exec, into, head, who);
            admin.ifPresent(mark -> live.gone().whenComplete((none, failure) -> mark.close()));
            return live;
        } catch (RuntimeException | Error e) {
            admin.ifPresent(OnTheWay.Mark::close);
            throw e;
        }
    }

    private static LiveExec launched(RunContext run, ExecSpec exec, ContainerProcess into, boolean head, String who) {
        LocalEngine engine = run.engine();
        PlanInput container = run.input();
        ExecCgroup group = run.cgroup().exec();
        Identity identity = exec.user() == null ? null : identity(run, exec.user());
        if (identity != null && container.users() != null) {
            Resolution.requireMapped(container.users().maps(), identity, engine.powers().ids().orElse(null));
        }
        PlanInput.Process process = process(run, container, exec, identity);
        ExecBuilder.Tty tty = exec.tty();
        ExecInput input = new ExecInput(namespaces(container), process, tty == null ? 0 : tty.rows() << 16 | tty.columns(),
                engine.host().privileges().ofExec(run.spec(), process.uid() == 0, exec.privileged()), group.ops(Phase.PREPARE),
                group.ops(Phase.PREFIX), group.ops(Phase.UNDO));
        LiveExec live = new LiveExec(run, exec, who, head, group.tree().isPresent(), (signal, but) -> run.cgroup().signal(group, signal, but));
        ExecOutputs outputs = live.outputs();
        Terminal terminal = tty == null ? null : Terminal.open(engine, exec.stdin(), outputs.outSink(), outputs.errSink());
        Pipework pipes = terminal != null ? terminal.pipework() : Pipework.open(engine, exec.stdin(), outputs.outSink(), outputs.errSink());
        outputs.connect(pipes.console());
        List<Fd> rulesets = new ArrayList<>();
        try (Fd pidfd = into.pidfd().orElseThrow(() -> ended(run))) {
            ContainerProcess launched = new ContainerProcess(who, exec.command().get(0), into.guard(), ExecCompiler.compile(input), pipes.console());
            List<Fd> fds = new ArrayList<>(pipes.theirs());
            fds.add(pidfd);
            if (input.privilege().landlock()) {
                Confinement.ruleset(run.root().root()).ifPresent(rulesets::add);
                fds.addAll(rulesets);
            }
            if (terminal != null) {
                fds.add(terminal.theirs());
            }
            live.attach(launched);
            launched.launch(fds);
            return live;
        } catch (RuntimeException e) {
            engine.poller().execute(pipes.console()::abandon);
            throw e;
        } finally {
            rulesets.forEach(Fd::close);
            pipes.closeTheirs();
            if (terminal != null) {
                terminal.theirs().close();
            }
        }
    }

    private static void check(RunContext run, ExecSpec exec) {
        if (exec.command().isEmpty() || exec.command().get(0).isEmpty()) {
            throw new InvalidSpec("exec(…)", "names no program", "give a command, such as exec(\"ls\", \"/\")");
        }
        if (exec.tty() != null && run.spec().security().sandbox()) {
            throw new InvalidSpec("tty()", "would weaken sandbox(), which container " + run.name() + " has", "leave it out");
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
        Environment environment = Environment.of(container.hostname(), exec.tty() != null, inherited, exec.env(), identity == null ? "/" : identity.home());
        String workdir = exec.workdir() != null ? Targets.normal(exec.workdir()) : first.workdir();
        return new PlanInput.Process(CommandLine.candidates(exec.command().get(0), environment.path(), workdir), exec.command(), environment.lines(), workdir,
                identity == null ? first.uid() : identity.uid(), identity == null ? first.gid() : identity.gid(),
                identity == null || !run.engine().powers().canSetGroups() ? first.groups() : identity.supplementary(), exec.tty() != null, PlanInput.Init.NONE, 0, first.rlimits());
    }
}
