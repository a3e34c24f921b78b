package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.RestartPolicy;
import dev.caisson.RootSource;
import dev.caisson.Stage;
import dev.caisson.Stdin;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.core.detach.Kept;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.streams.LogOutput;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** What makes a container outlive its JVM: written down on disk, with a spool for its output, and known as such to its guard. */
final class Detaching {
    /** Bytes of output that the guard keeps while there is no engine. */
    static final long SPOOL = 16 << 20;
    static final String SPOOL_FILE = "spool";
    private static final List<String> NOWHERE = List.of("none", "host");
    /** Of one that is to be detached from its start: it waits until its guard knows that, however soon it ends. */
    static final PlanInput.Stops STOPS = new PlanInput.Stops(true, false, List.of());

    private Detaching() {}

    /** @throws UnsupportedOnThisHost if something of it needs its JVM */
    static void check(ContainerSpec spec, LocalEngine engine) {
        ContainerSpec.Life life = spec.life();
        refuse(engine.powers().rootless(), "an ordinary user's is not: the worker that has its user namespace ends with the JVM", "run the JVM as root");
        refuse(SharedNamespaces.shared(spec), "one that shares namespaces with others is not", "leave ipcOf(…), pidHost() and their like out");
        network(spec.network(), engine);
        refuse(!(spec.security().users() instanceof UserNamespace.Host), "one with userns(…) or sandbox() is not: its users are the engine's to give", "leave them out");
        refuse(spec.oci() != null && !spec.oci().namespaces().isEmpty(), "one of a bundle that names namespaces by path is not", "leave the paths out");
        refuse(spec.root() instanceof RootSource.HostRoot, "hostRoot() is not: what it changed is the JVM's to tell", "use an image or rootfs(Path)");
        refuse(spec.process().tty() && (spec.oci() == null || spec.oci().consoleSocket() == null), "one with tty() is not: its terminal is the JVM's", "leave tty() out");
        refuse(spec.process().stdin() instanceof Stdin.Stream, "one with stdin(InputStream) is not: the JVM feeds it", "give stdin(byte[])");
        refuse(spec.process().stdin() instanceof Stdin.Open, "one with interactive() is not: who writes is attached in the JVM", "leave interactive() out");
        refuse(life.timeout() != null, "one with timeout(…) is not: the JVM keeps it", "leave timeout(…) out, and let the program end by itself");
        if (life.restart().when() != RestartPolicy.When.NO) {
            refuse(spec.oci() != null, "a bundle's with restart(" + life.restart() + ") is not: hooks, gate and console of each start are the JVM's", "leave restart(…) out");
            refuse(spec.process().stdin() instanceof Stdin.Bytes, "one with restart(" + life.restart() + ") and stdin(…) is not: the JVM would have to feed each run", "bind a file that it reads");
        }
    }

    private static void network(ContainerSpec.Network network, LocalEngine engine) {
        for (ContainerSpec.Endpoint endpoint : network.chosen()) {
            String name = endpoint.network();
            refuse(!NOWHERE.contains(name) && !engine.networkRoom().resolve(name).driver().outlives(), "one on network '" + name + "' is not: what its driver does there needs the JVM",
                    "a bridge network, networkNone(), or networkHost() with the program's own ports");
        }
        refuse(!network.hostPorts().isEmpty(), "one with exposeHostPort(…) is not: the JVM carries what comes there", "use addHost(…, \"host-gateway\")");
        refuse(!network.egress().open(), "one with egress(…) is not: names are judged by the JVM's proxy", "use an internal network, or none");
    }

    private static void refuse(boolean asked, String why, String remedy) {
        if (asked) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "containers can be detached(), but " + why, remedy);
        }
    }

    /** @param alone held by whoever starts or restarts it */
    static void detach(RunContext run, Lifetime life, ReentrantLock alone) {
        alone.lock();
        try {
            if (!run.isDetached()) {
                run.engine().powers().with(() -> detach(run, life.process()));
            }
        } finally {
            alone.unlock();
        }
    }

    /** What is done while it waits to go on: nothing, if it is not to be detached from its start. */
    static Optional<Consumer<ContainerProcess>> beforeGo(RunContext run) {
        return OciHooks.stops(run.spec()) == STOPS ? Optional.of(process -> detach(run, process)) : Optional.empty();
    }

    private static void detach(RunContext run, ContainerProcess process) {
        check(run.spec(), run.engine());
        run.engine().listen(process.guard());
        synchronized (run.connections()) { // nobody comes to a network, or leaves one, between what is held and that it is
            detachHere(run, process);
        }
    }

    private static void detachHere(RunContext run, ContainerProcess process) {
        refuse(!run.connections().egress(run.spec().network().egress()).open(), "one that is held to an egress policy is not: names are judged by the JVM's proxy", "start it without egress(…)");
        Fd state = run.files().state();
        try (HeldNetworks held = HeldNetworks.of(run); Fd out = process.copyOfOutput(0); Fd err = process.copyOfOutput(1);
                Fd spool = FileCalls.openat(state, SPOOL_FILE, Fcntl.O_WRONLY | Fcntl.O_APPEND | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0600)) {
            int sockets = held.descriptors().size();
            refuse(sockets > Guard.MOST_HELD, "one with so many networks and published ports is not: they are " + sockets + " sockets, two for each network and one for each port, and "
                    + Guard.MOST_HELD + " can be held", "publish fewer ports, or use networkHost() with the program's own");
            UndoStack undo = new UndoStack(); // what is not detached is bound as before
            try (Recipe recipe = recipe(run, out, err).orElse(null)) { // first: a bind's source may be gone, and without a recipe it could be neither left nor taken over
                kept(run, process.launchId(), held.places()).write(state);
                held.freeze(run, undo);
                process.detach(out, err, spool, SPOOL, held.descriptors());
                Runnable forgetting = () -> Waiting.ended(process.guard().forget(process.launchId()), Lifetime.PATIENCE); // then its ports are free
                undo.push("guard's memory", forgetting);
                DetachedLaunch launch = recipe == null ? null : undo.closing("detached launch", new DetachedLaunch(run, process.guard(), process.launchId(), recipe.plan(), out.dup(), err.dup()));
                if (launch != null) {
                    launch.recipe(recipe);
                }
                run.detached(forgetting);
                if (launch != null) {
                    run.detachedLaunch(launch);
                }
            } catch (RuntimeException | Error e) {
                undo.unwind(e);
                throw e;
            }
        } catch (IllegalStateException closed) {
            throw new EngineProblem(Stage.SUPERVISE, "could not detach: container " + run.name() + " has ended", "start() it first");
        }
    }

    private static Optional<Recipe> recipe(RunContext run, Fd out, Fd err) {
        try (Fd writeOut = writeEnd(out); Fd writeErr = writeEnd(err)) {
            return run.recipe(writeOut, writeErr);
        }
    }

    private static Fd writeEnd(Fd pipe) {
        return FileCalls.open("/proc/self/fd/" + pipe.value(), Fcntl.O_WRONLY, 0);
    }

    /** Starts it again, or for the first time; detached if it was, or is to be. */
    static void relaunch(RunContext run, Lifetime life) {
        boolean anew = run.detachedLaunch().isEmpty(); // else its guard starts it, as it was
        if (anew && !life.created() && run.isDetached()) {
            life.process().guard().forget(life.process().launchId());
        }
        life.relaunch();
        if (anew && run.detachedLaunch().isEmpty() && (run.isDetached() || run.spec().life().detached())) {
            detach(run, life.process());
        }
    }

    static void requireRestartable(RunContext run) {
        run.detachedLaunch().filter(launch -> !launch.guarded()).ifPresent(dead -> run.withoutGuard());
        if (!run.restartable()) {
            boolean bundle = run.spec().oci() != null;
            throw new EngineProblem(Stage.SUPERVISE, "could not restart container " + run.name() + ": it was taken over from another JVM, which had what a start " + (bundle ? "of a bundle " : "")
                    + "needs" + (bundle ? "" : ", and the guard that had it too is dead"), "remove it and run its " + (bundle ? "bundle" : "spec") + " again");
        }
    }

    /** What is written down of it says its name and its limits. @param now as they are, or are to be */
    static void rewrite(RunContext run, ContainerSpec now) {
        Fd state = run.files().state();
        Kept kept = Kept.read(state);
        ContainerSpec named = now.name().isEmpty() ? kept.spec() : kept.spec().named(now.name());
        kept.with(named.with(now.resources())).write(state);
    }

    /** What its guard holds for it stays as it is. */
    static void requireBound(RunContext run, String action) {
        if (run.isDetached()) {
            throw new EngineProblem(Stage.SUPERVISE, "could not " + action + ": container " + run.name() + " is detached", "do that before detach()");
        }
    }

    /** Another engine will have it: what is open of it here is closed. */
    static void leave(LiveContainer container) {
        RunContext run = container.run();
        container.leave();
        run.atGate().ifPresent(AtGate::leave);
        run.detachedLaunch().ifPresent(DetachedLaunch::close);
        LogOutput log = run.outputs().log();
        if (log != null) {
            Waiting.ended(log.closed(), Lifetime.PATIENCE);
        }
        HeldNetworks.leave(run);
        run.network().leave();
        run.root().held().close(); // not its layers: they are in use
        run.root().received().forEach(r -> r.mount().close());
        run.files().close();
    }

    private static ContainerSpec.Network network(RunContext run) {
        ContainerSpec.Network n = run.spec().network();
        return new ContainerSpec.Network(n.endpoints(), n.ports(), n.publishAll(), n.hostPorts(), n.exposed(), run.connections().bandwidth(), n.egress());
    }

    private static Kept kept(RunContext run, int launch, List<Kept.Place> places) {
        ContainerSpec spec = run.spec();
        PlanInput.Process process = run.input().process();
        ContainerSpec.Process p = spec.process();
        Map<String, String> env = new LinkedHashMap<>();
        for (String line : process.env()) {
            int equals = line.indexOf('=');
            env.put(line.substring(0, equals), line.substring(equals + 1));
        }
        int[] numbers = process.groups();
        List<String> groups = numbers == null ? List.of() : Arrays.stream(numbers).mapToObj(Integer::toUnsignedString).toList();
        ContainerSpec.Files f = spec.files();
        ContainerSpec.Life l = spec.life();
        ContainerSpec plain = new ContainerSpec(spec.root(), spec.name(), spec.labels(), spec.annotations(),
                new ContainerSpec.Process(p.entrypoint(), p.command(), env, p.workdir(), Integer.toUnsignedString(process.uid()) + ":" + Integer.toUnsignedString(process.gid()), groups,
                        new Stdin.None(), p.tty(), p.init(), p.oomScoreAdj(), p.rlimits()),
                new ContainerSpec.Files(f.readOnly(), f.mounts(), f.shmSize(), f.devices(), f.deviceRules(), f.volumesFrom(), List.of()), spec.identity(), spec.security(),
                spec.resources(), network(run), spec.log(),
                new ContainerSpec.Life(l.stopSignal(), l.stopTimeout(), null, l.bestEffort(), false, l.outputLimit(), List.of(), l.waitTimeout(), l.health(), l.restart(), true), spec.oci());
        var layer = run.top();
        return new Kept(Kept.VERSION, run.id(), launch, plain, run.chronicle().image(), layer == null ? "" : layer.digest(), run.hostname(), run.files().hasEtc(), run.engine().groups().written(),
                places);
    }
}
