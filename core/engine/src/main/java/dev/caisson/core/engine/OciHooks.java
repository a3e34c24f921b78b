package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ContainerSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.OciSettings;
import dev.caisson.OciSettings.Hook;
import dev.caisson.OciSettings.HookPoint;
import dev.caisson.Stage;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hooks of an OCI bundle, at their points of a container's life (OCI runtime specification, runtime.md, "Lifecycle"), and its start gate. */
final class OciHooks {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final List<HookPoint> CREATING = List.of(HookPoint.PRESTART, HookPoint.CREATE_RUNTIME, HookPoint.CREATE_CONTAINER);
    private static final List<Namespaces.Kind> CONTAINERS = List.of(Namespaces.Kind.NET, Namespaces.Kind.IPC, Namespaces.Kind.UTS);

    private OciHooks() {}

    private static List<Hook> hooks(ContainerSpec spec, HookPoint point) {
        OciSettings oci = spec.oci();
        return oci == null ? List.of() : oci.hooks(point);
    }

    /** Where the child has to stop for them. */
    static PlanInput.Stops stops(ContainerSpec spec) {
        OciSettings oci = spec.oci();
        if (oci == null) {
            return spec.life().detached() ? Detaching.STOPS : PlanInput.Stops.NONE;
        }
        return new PlanInput.Stops(whileCreating(spec), oci.startGate() != null, oci.hooks(HookPoint.START_CONTAINER));
    }

    /** Whether any run while it is being made. */
    static boolean whileCreating(ContainerSpec spec) {
        return CREATING.stream().anyMatch(point -> !hooks(spec, point).isEmpty());
    }

    /** Whether any run when its program does. */
    static boolean whenRunning(ContainerSpec spec) {
        return !hooks(spec, HookPoint.POSTSTART).isEmpty();
    }

    /** Puts what the plan expects for them into the launch message. */
    static void receive(ContainerSpec spec, String id, Received received) {
        OciSettings oci = spec.oci();
        if (oci == null) {
            return;
        }
        Path gate = oci.startGate();
        if (gate != null) {
            if (whenRunning(spec) && spec.process().init()) {
                throw new dev.caisson.InvalidSpec("init()", "cannot be had with startGate(" + gate + ") and poststart hooks: its first process never executes a program, by which is seen that it begins",
                        "leave init() out");
            }
            received.put("gate", openGate(gate));
        }
        if (!oci.hooks(HookPoint.START_CONTAINER).isEmpty()) {
            received.put("state", HostProgram.file(state(oci, id, HookPoint.START_CONTAINER, 1))); // the pid it sees of itself, as runc says it
        }
    }

    /** For reading and writing: so it is never at its end, whoever comes and goes. */
    private static Fd openGate(Path fifo) {
        Fd gate;
        try {
            gate = FileCalls.open(fifo, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW, 0);
        } catch (SyscallException e) {
            throw new dev.caisson.InvalidSpec("startGate(" + fifo + ")", e.getMessage(), "make it with mkfifo(1)");
        }
        if ((FileCalls.fstat(gate).mode() & Fcntl.S_IFMT) != Fcntl.S_IFIFO) {
            gate.close();
            throw new dev.caisson.InvalidSpec("startGate(" + fifo + ")", "is no FIFO", "make it with mkfifo(1)");
        }
        return gate;
    }

    /** Whoever listens at its console socket gets its terminal. @return whether it has one */
    static boolean console(ContainerSpec spec, Received received) {
        Path socket = spec.oci() == null ? null : spec.oci().consoleSocket();
        if (socket != null) {
            try {
                received.put("terminal", Sockets.connectStream(socket));
            } catch (SyscallException e) {
                throw new dev.caisson.InvalidSpec("consoleSocket(" + socket + ")", e.getMessage(), "let something listen there that takes a descriptor (SCM_RIGHTS)");
            }
        }
        return socket != null;
    }

    /** Its namespaces are there, its root is not. @param pid the host's */
    static void created(RunContext run, int pid) {
        for (HookPoint point : CREATING) {
            for (Hook hook : hooks(run.spec(), point)) {
                run(run, point, hook, pid, point == HookPoint.CREATE_CONTAINER);
            }
        }
    }

    /** Its program runs, or waits at its gate: then they run when it begins. */
    static void poststart(RunContext run) {
        AtGate gate = AtGate.launched(run);
        run.atGate(gate);
        if (gate == null) {
            runPoststart(run);
        }
    }

    static void runPoststart(RunContext run) {
        runAll(run, HookPoint.POSTSTART, run.process().pid());
    }

    /** "MUST log a warning, but the remaining hooks and lifecycle continue as if the hook had succeeded" (runtime.md, "Lifecycle"). */
    private static void runAll(RunContext run, HookPoint point, int pid) {
        for (Hook hook : hooks(run.spec(), point)) {
            try {
                run(run, point, hook, pid, false);
            } catch (RuntimeException e) {
                LOG.warn("{}", e.getMessage());
            }
        }
    }

    /** Those that run when everything of it has been undone; to be said before anything is. */
    static void poststop(RunContext run) {
        if (!hooks(run.spec(), HookPoint.POSTSTOP).isEmpty()) {
            run.undoStack().push("poststop hooks", () -> runAll(run, HookPoint.POSTSTOP, 0));
        }
    }

    private static void run(RunContext run, HookPoint point, Hook hook, int pid, boolean inside) {
        OciSettings oci = java.util.Objects.requireNonNull(run.spec().oci());
        boolean waits = CREATING.contains(point);
        List<Fd> namespaces = inside ? CONTAINERS.stream().map(kind -> Namespaces.open(pid, kind)).toList() : List.of();
        try (Fd first = waits ? Processes.pidfdOpen(pid) : null) {
            HostProgram.Ended ended = HostProgram.run(run.engine().poller(), hook, state(oci, run.id(), point, pid), namespaces,
                    () -> first != null && ended(first));
            if (!ended.well()) {
                throw new LaunchFailed(Stage.SPAWN, "could not run the " + point.key() + " hook " + hook.path() + " of container " + run.name() + ": " + ended.how()
                        + (ended.output().isEmpty() ? "" : ": " + ended.output()), "run it by hand with the container's state on its standard input, or leave it out", 0, 125, null);
            }
        } finally {
            namespaces.forEach(Fd::close);
        }
    }

    /** Of a process that waits for its hooks: it, or its guard, was killed. */
    private static boolean ended(Fd process) {
        try {
            Processes.pidfdSendSignal(process, 0);
            return false;
        } catch (SyscallException e) {
            return true;
        }
    }

    /** The container's state (runtime.md, "State"). @param pid 0 for none */
    static byte[] state(OciSettings oci, String id, HookPoint point, int pid) {
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.put("ociVersion", oci.version());
        state.put("id", id);
        state.put("status", pid == 0 ? HookPoint.POSTSTOP.status() : point.status()); // it may have ended before its poststart hooks run
        if (pid != 0) {
            state.put("pid", pid);
        }
        state.put("bundle", oci.bundle().toString());
        return state.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A namespace that the bundle names by a file. */
    static Fd namespace(Path file, String kind) {
        try {
            return FileCalls.open(file, Fcntl.O_RDONLY, 0);
        } catch (SyscallException e) {
            throw new dev.caisson.InvalidSpec("config.json linux.namespaces " + kind, e.getMessage(), "give the path of a namespace that is there, such as /proc/PID/ns/" + kind);
        }
    }

    /** A /dev/shm beside a foreign IPC namespace. */
    static Fd shm(long size) {
        try (Fd fs = dev.caisson.linux.Mounts.fsopen("tmpfs")) {
            dev.caisson.linux.Mounts.fsconfigString(fs, "mode", "1777");
            dev.caisson.linux.Mounts.fsconfigString(fs, "size", Long.toString(size));
            dev.caisson.linux.Mounts.fsconfigCreate(fs);
            return dev.caisson.linux.Mounts.fsmount(fs, 0xe); // nosuid, nodev, noexec
        }
    }
}
