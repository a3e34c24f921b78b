package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
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
        return oci == null ? asked : new Spaces(oci.namespaces().containsKey("ipc") ? Space.ANOTHERS : asked.ipc(), asked.pid(),
                oci.namespaces().containsKey("uts") ? Space.ANOTHERS : asked.uts(), asked.shm());
    }

    private static Space space(String value) {
        return value.isEmpty() ? Space.OWN : value.equals(HOST) ? Space.HOST : Space.ANOTHERS;
    }

    /** Whether any is anybody else's but the host's name. */
    static boolean shared(ContainerSpec spec) {
        Spaces spaces = spaces(spec.security().namespaces());
        return spaces.ipc() != Space.OWN || spaces.pid() != Space.OWN || spaces.uts() == Space.ANOTHERS;
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
            byPath(oci, spec.files().shmSize(), spaces(spec).shm(), received);
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

    private static void byPath(OciSettings oci, long shmSize, boolean shm, Received received) {
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
