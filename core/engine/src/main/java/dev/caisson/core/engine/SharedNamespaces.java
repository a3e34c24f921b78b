package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.OciSettings;
import dev.caisson.Stage;
import dev.caisson.core.plan.PlanInput.Space;
import dev.caisson.core.plan.PlanInput.Spaces;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.PrivateMounts;
import dev.caisson.linux.SyscallException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Namespaces that a container has from the host or from another container; looked up again whenever it is launched again. */
final class SharedNamespaces {
    private static final String HOST = "host";
    private static final String NONE = "none";
    private static final int DIRECTORY = Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;

    private SharedNamespaces() {}

    static Spaces spaces(ContainerSpec.Namespaces asked) {
        return new Spaces(asked.ipc().equals(NONE) ? Space.OWN : space(asked.ipc()), space(asked.pid()), space(asked.uts()), !asked.ipc().equals(NONE));
    }

    /** The same, of a spec with what a bundle says by path. */
    static Spaces spaces(ContainerSpec spec) {
        Spaces asked = spaces(spec.security().namespaces());
        OciSettings oci = spec.oci();
        return oci == null ? asked : new Spaces(oci.namespaces().containsKey("ipc") ? Space.ANOTHERS : asked.ipc(),
                oci.namespaces().containsKey("pid") ? Space.ANOTHERS : asked.pid(), oci.namespaces().containsKey("uts") ? Space.ANOTHERS : asked.uts(), asked.shm(),
                oci.namespaces().containsKey("cgroup"), oci.namespaces().containsKey("time"));
    }

    private static Space space(String value) {
        return value.isEmpty() ? Space.OWN : value.equals(HOST) ? Space.HOST : Space.ANOTHERS;
    }

    /** Whether its first process is the first of a PID namespace, with which all others end. */
    static boolean ownPids(ContainerSpec spec) {
        return spaces(spec).pid() == Space.OWN;
    }

    /** Whether any is anybody else's but the host's name. */
    static boolean shared(ContainerSpec spec) {
        Spaces spaces = spaces(spec.security().namespaces());
        return spaces.ipc() != Space.OWN || spaces.pid() != Space.OWN || spaces.uts() == Space.ANOTHERS;
    }

    /** Whether its processes are in the JVM's PID namespace, because of itself or of the container whose it shares. */
    static boolean hostPids(LocalEngine engine, ContainerSpec spec) {
        String pid = spec.security().namespaces().pid();
        return space(pid) == Space.ANOTHERS ? hostPids(engine, other(engine, "processes", pid).run().spec()) : pid.equals(HOST);
    }

    /** Its host name, where that is given. */
    static Optional<String> hostname(LocalEngine engine, ContainerSpec spec) {
        String uts = spec.security().namespaces().uts();
        if (uts.equals(HOST)) {
            return Optional.of(engine.host().hostname());
        }
        if (!uts.isEmpty()) {
            return Optional.of(other(engine, "host name", uts).run().hostname());
        }
        return Optional.of(spec.identity().hostname()).filter(name -> !name.isEmpty());
    }

    /** Puts what the plan expects of others into the launch message. */
    static void receive(LocalEngine engine, ContainerSpec spec, String name, Received received) {
        ContainerSpec.Namespaces asked = spec.security().namespaces();
        OciSettings oci = spec.oci();
        if (oci != null) {
            byPath(engine, oci, spec.files().shmSize(), spaces(spec).shm(), received);
        }
        Spaces spaces = spaces(asked);
        if (spaces.pid() == Space.ANOTHERS) {
            received.put("pid", pidfd(engine, name, "processes", asked.pid()));
        }
        if (spaces.uts() == Space.ANOTHERS) {
            received.put("uts", pidfd(engine, name, "host name", asked.uts()));
        }
        if (spaces.ipc() == Space.ANOTHERS) {
            received.put("ipc", pidfd(engine, name, "shared memory", asked.ipc()));
            received.put("shm", anothersShm(engine, name, asked.ipc()));
        } else if (spaces.ipc() == Space.HOST) {
            received.put("shm", shm());
        }
    }

    private static void byPath(LocalEngine engine, OciSettings oci, long shmSize, boolean shm, Received received) {
        if (oci.namespaces().containsKey("pid")) {
            received.put("pid", processes(engine, oci.namespaces().get("pid")));
        }
        for (String kind : List.of("cgroup", "time")) {
            if (oci.namespaces().containsKey(kind)) {
                received.put(kind + "ns", OciHooks.namespace(oci.namespaces().get(kind), kind));
            }
        }
        if (oci.namespaces().containsKey("uts")) {
            received.put("uts", OciHooks.namespace(oci.namespaces().get("uts"), "uts"));
        }
        if (oci.namespaces().containsKey("ipc")) {
            received.put("ipc", OciHooks.namespace(oci.namespaces().get("ipc"), "ipc"));
            if (shm) {
                received.put("shm", OciHooks.shm(shmSize));
            }
        }
    }

    /** A PID namespace below its guard's: the kernel lets nobody into others (setns(2)). */
    private static Fd processes(LocalEngine engine, Path path) {
        Fd namespace = OciHooks.namespace(path, "pid");
        long wanted = FileCalls.fstat(namespace).ino();
        for (LiveContainer each : engine.table().all()) {
            int pid = each.run().home() == engine.home() && ownPids(each.run().spec()) ? each.pid() : 0;
            if (pid > 0 && inode(pid) == wanted) {
                return namespace;
            }
        }
        namespace.close();
        throw new InvalidSpec("config.json linux.namespaces pid", path + " is of no container of this engine: its processes are below the engine's guard, and the kernel lets nobody into the PID namespace of others",
                "run the other container with the same engine, and give /proc/PID/ns/pid of its first process");
    }

    private static long inode(int pid) {
        try (Fd own = Namespaces.open(pid, Namespaces.Kind.PID)) {
            return FileCalls.fstat(own).ino();
        } catch (SyscallException e) {
            return 0; // it has just ended
        }
    }

    private static LiveContainer other(LocalEngine engine, String what, String value) {
        String other = ContainerSpec.Namespaces.container(value);
        return engine.table().find(other).orElseThrow(() -> new EngineProblem(Stage.NETWORK, "there is no container '" + other + "' whose " + what + " could be shared",
                "give the name or id of a running one of this engine"));
    }

    private static Fd pidfd(LocalEngine engine, String name, String what, String value) {
        LiveContainer other = other(engine, what, value);
        return other.pidfd().orElseThrow(() -> unavailable(name, other, what));
    }

    private static EngineProblem unavailable(String name, LiveContainer other, String what) {
        return new EngineProblem(Stage.NETWORK, "container " + name + " cannot share " + what + " with container " + other.name() + ": that one is " + other.state(), "start it first");
    }

    /** Only who is in its mount namespace can copy another's mount (open_tree(2)). What its own root put there is what its own root may show. */
    private static Fd anothersShm(LocalEngine engine, String name, String value) {
        LiveContainer other = other(engine, "shared memory", value);
        int pid = other.pid();
        if (pid == 0) {
            throw unavailable(name, other, "shared memory");
        }
        try (Fd mounts = Namespaces.open(pid, Namespaces.Kind.MNT)) {
            if (other.pid() != pid) { // the pid may be somebody else's by now
                throw unavailable(name, other, "shared memory");
            }
            return PrivateMounts.inside(mounts, SharedNamespaces::shm);
        }
    }

    private static Fd shm() {
        try (Fd dev = FileCalls.open("/dev", DIRECTORY, 0); Fd shm = FileCalls.openat(dev, "shm", DIRECTORY, 0)) {
            return Mounts.openTree(shm, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH);
        }
    }
}
