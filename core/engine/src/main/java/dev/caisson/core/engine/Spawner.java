package dev.caisson.core.engine;

import dev.caisson.core.guard.Guard;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SPAWN: pipes, the message to the guard, and the process that comes of it. */
final class Spawner {
    private Spawner() {}

    private static final List<String> STREAMS = List.of("stdin", "stdout", "stderr");

    /**
     * The rest of a container made ahead; empty if that died meanwhile.
     *
     * @param whole for messages: the lists of both plans
     * @param received descriptors of the rest but for its streams, by name; the caller's
     */
    static java.util.Optional<ContainerProcess> proceed(LocalEngine engine, SpareProcess spare, RunContext run, PlanCompiler.Compiled rest, LaunchPlan whole,
            Received received) {
        Pipework pipes = pipes(engine, run);
        boolean proceeds = false;
        try {
            ContainerProcess process = new ContainerProcess("container " + run.name(), run.input().process().argv().get(0), spare.guard(), whole, pipes.console());
            place(pipes, received);
            proceeds = process.proceed(spare, rest.plan(), received.inOrder(rest));
            return proceeds ? java.util.Optional.of(process) : java.util.Optional.empty();
        } finally {
            if (!proceeds) {
                engine.poller().execute(pipes.console()::abandon);
            }
            pipes.closeTheirs();
        }
    }

    /**
     * @param received descriptors of the plan, by name; the caller's
     * @param beforeGo of a plan that waits: what is done to the process meanwhile; null for none
     */
    static ContainerProcess spawn(LocalEngine engine, Guard guard, RunContext run, PlanCompiler.Compiled compiled, Received received,
            @Nullable Preparation beforeGo) {
        String program = run.input().process().argv().get(0);
        boolean elsewhere = OciHooks.console(run.spec(), received);
        Terminal terminal = run.input().process().tty() && !elsewhere ? terminal(engine, run) : null;
        Pipework pipes = terminal != null ? terminal.pipework() : pipes(engine, run);
        try {
            place(pipes, received);
            if (terminal != null) {
                received.put("terminal", terminal.theirs());
            }
            ContainerProcess process = new ContainerProcess("container " + run.name(), program, guard, compiled.plan(), pipes.console());
            if (beforeGo != null) {
                process.beforeGo(beforeGo);
            }
            Detaching.beforeGo(run).ifPresent(detach -> process.beforeGo(new Preparation(pid -> detach.accept(process), engine.workers())));
            if (elsewhere) {
                process.holds(pipes.theirs().stream().map(Fd::dup).toList());
            }
            process.launch(received.inOrder(compiled));
            return process;
        } catch (RuntimeException e) {
            engine.poller().execute(pipes.console()::abandon);
            throw e;
        } finally {
            pipes.closeTheirs();
            if (terminal != null) {
                terminal.theirs().close();
            }
        }
    }

    private static Terminal terminal(LocalEngine engine, RunContext run) {
        Terminal terminal = Terminal.open(engine, run.spec().process().stdin(), run.outputs().stdout(), run.outputs().stderr());
        run.outputs().onResume(terminal.pipework().console()::ready);
        return terminal;
    }

    private static Pipework pipes(LocalEngine engine, RunContext run) {
        Pipework pipes = Pipework.open(engine, run.spec().process().stdin(), run.outputs().stdout(), run.outputs().stderr());
        run.outputs().onResume(pipes.console()::ready);
        return pipes;
    }

    private static void place(Pipework pipes, Received received) {
        for (int i = 0; i < STREAMS.size(); i++) {
            received.put(STREAMS.get(i), pipes.theirs().get(i));
        }
    }
}
