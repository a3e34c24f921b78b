package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.RestartPolicy;
import dev.caisson.core.guard.AgainNumbers;
import dev.caisson.core.guard.AgainNumbers.When;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.restart.Restarts;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.linux.Fd;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A launch that outlives its JVM, and that its guard can make again: at this JVM's word, or without one by the numbers of its policy. Its number and its pipes stay the same
 * through all its runs, whoever started it.
 */
final class DetachedLaunch implements Relauncher, AutoCloseable {
    private final RunContext run;
    private final Guard guard;
    private final int launch;
    private volatile LaunchPlan plan;
    private boolean stays;
    private final Fd stdout;
    private final Fd stderr;

    /**
     * @param plan by which the guard starts it
     * @param stdout the read end, closed with this
     */
    DetachedLaunch(RunContext run, Guard guard, int launch, LaunchPlan plan, Fd stdout, Fd stderr) {
        this.run = run;
        this.guard = guard;
        this.launch = launch;
        this.plan = plan;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** The guard's numbers for a policy that has come so far. */
    static AgainNumbers numbers(RestartPolicy policy, Restarts.State state) {
        When when = switch (policy.when()) {
            case NO -> When.NEVER;
            case ON_FAILURE -> When.FAILED;
            case ALWAYS, UNLESS_STOPPED -> When.ALWAYS;
        };
        return new AgainNumbers(when, state.pause(), Math.max(0, most(policy) - state.count()), Restarts.FIRST, Restarts.LONGEST, Restarts.STEADY);
    }

    /** How far a policy has come, as a guard says. */
    static Restarts.State state(RestartPolicy policy, AgainNumbers numbers) {
        return new Restarts.State((int) (most(policy) - numbers.left()), numbers.pause());
    }

    private static long most(RestartPolicy policy) {
        return policy.retries() == 0 ? AgainNumbers.UNLIMITED : policy.retries();
    }

    private AgainNumbers numbers() {
        return numbers(run.spec().life().restart(), run.restarts());
    }

    /** Tells the guard how. */
    void recipe(Recipe recipe) {
        guard.recipe(launch, recipe.plan(), Stream.concat(Stream.of(recipe.mounts()), recipe.fds().stream()).toList(), numbers());
    }

    /** Whether its guard is there. */
    boolean guarded() {
        return guard.alive();
    }

    /** It is not to be started again, until somebody says {@link #again}. */
    synchronized void stay() {
        stays = true;
        guard.stay(launch, numbers());
    }

    /**
     * It is started with other limits from now on.
     *
     * @param prepared what is done for its cgroups with those
     */
    synchronized void limits(List<Op> prepared) {
        LaunchPlan limited = plan.with(Phase.PREPARE, LimitWrites.exchange(plan.ops(Phase.PREPARE), prepared));
        guard.recipe(launch, limited, List.of(), stays ? numbers().never() : numbers());
        plan = limited;
    }

    /** It was said before, by another engine, that it is not to be started again. */
    void stayed() {
        stayed(true);
    }

    private synchronized void stayed(boolean value) {
        stays = value;
    }

    @Override
    public ContainerProcess again(boolean goesOn) {
        ContainerSpec spec = run.spec();
        OpenLogs logs = OpenLogs.open(run.engine().drivers(), run.engine().workers(), spec, run.id(), run.name(), run.chronicle().image(), false, run.files().statePath(), () -> { },
                goesOn ? run.outputs().recent() : new RecentLines());
        if (goesOn) {
            run.streams().goOn(logs);
        } else {
            run.streams().open(logs, spec);
        }
        Console console = console(run, stdout.dup(), stderr.dup());
        ContainerProcess process = new ContainerProcess("container " + run.name(), run.input().process().argv().get(0), guard, plan, console);
        stayed(false);
        try {
            process.again(launch, numbers());
            return process;
        } catch (RuntimeException e) {
            run.engine().poller().execute(console::abandon);
            throw e;
        }
    }

    /** The engine's side of its pipes. @param out the console's from now on */
    static Console console(RunContext run, Fd out, Fd err) {
        LocalEngine engine = run.engine();
        Console console = new Console(false, false, run.outputs().stdout(), run.outputs().stderr());
        console.input(null);
        run.outputs().onResume(console::ready);
        // On the poller thread, where their first news comes: that both have ended, perhaps.
        CompletableFuture.runAsync(() -> {
            console.reads(console.out(), new OutputReader(engine.poller(), engine.readBuffer(), out, console.out()));
            console.reads(console.err(), new OutputReader(engine.poller(), engine.readBuffer(), err, console.err()));
        }, engine.poller()::execute).join();
        return console;
    }

    @Override
    public void close() {
        stdout.close();
        stderr.close();
    }
}
