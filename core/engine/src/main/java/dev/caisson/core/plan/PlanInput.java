package dev.caisson.core.plan;

import dev.caisson.OciSettings;
import dev.caisson.Rlimit;
import dev.caisson.UserNamespace;
import dev.caisson.core.launch.Op;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the plan of a container depends on, as values: no descriptor, no host.
 *
 * @param hostname its host name
 * @param domainName its NIS domain name; "" to leave it
 * @param network which network namespace it gets
 * @param spaces which other namespaces it shares
 * @param root its root file system and what is mounted into it
 * @param process what runs
 * @param privilege with which powers
 * @param cgroup operations that the cgroup room contributes
 * @param sysctls {@code net/ipv4/…} to value, to be written in its own namespaces
 * @param timeNamespace whether it has one of its own
 * @param users its own user namespace; null for the host's
 * @param stops where it waits on its way, or does something else first
 * @param bootTimeOffset of that namespace's monotonic and boot-time clocks
 */
public record PlanInput(String hostname, String domainName, NetworkNamespace network, Spaces spaces, Root root, Process process, Privilege privilege, Cgroup cgroup,
        Map<String, String> sysctls, boolean timeNamespace, Duration bootTimeOffset, @Nullable Users users, boolean reportRunning, Stops stops) {
    /** One that goes straight on. */
    public PlanInput(String hostname, String domainName, NetworkNamespace network, Spaces spaces, Root root, Process process, Privilege privilege, Cgroup cgroup,
            Map<String, String> sysctls, boolean timeNamespace, Duration bootTimeOffset, @Nullable Users users, boolean reportRunning) {
        this(hostname, domainName, network, spaces, root, process, privilege, cgroup, sysctls, timeNamespace, bootTimeOffset, users, reportRunning, Stops.NONE);
    }

    /** The same container with another program. */
    public PlanInput with(Process program, Privilege powers, boolean report) {
        return new PlanInput(hostname, domainName, network, spaces, root, program, powers, cgroup, sysctls, timeNamespace, bootTimeOffset, users, report, stops);
    }

    /** The same container with other limits. */
    public PlanInput with(Cgroup other) {
        return new PlanInput(hostname, domainName, network, spaces, root, process, privilege, other, sysctls, timeNamespace, bootTimeOffset, users, reportRunning, stops);
    }

    /** The same container, going straight on. */
    public PlanInput withoutStops() {
        return new PlanInput(hostname, domainName, network, spaces, root, process, privilege, cgroup, sysctls, timeNamespace, bootTimeOffset, users, reportRunning);
    }

    /**
     * @param ready whether it waits, when its namespaces are there, for the engine to let it go on
     * @param gate whether it waits, when only the program is missing, for a byte from the received {@code gate}
     * @param hooks programs that run before its own, with the received {@code state} as standard input
     */
    public record Stops(boolean ready, boolean gate, List<OciSettings.Hook> hooks) {
        /** None. */
        public static final Stops NONE = new Stops(false, false, List.of());
    }

    /**
     * A user namespace of its own.
     *
     * @param byGuard whether the guard, which is root of the host then, writes the maps and has devices for it; else it waits until the engine has written them, and receives
     *     the host's devices
     */
    public record Users(UserNamespace.Mapped maps, boolean byGuard) {}

    /** Which network namespace a container gets. */
    public enum NetworkNamespace {
        /** A new one, made with the clone. */
        NEW,
        /** One that was made before, received as a descriptor. */
        GIVEN,
        /** The host's. */
        HOST
    }

    /** Whose a namespace is. */
    public enum Space {
        /** A new one, made with the clone. */
        OWN,
        /** Another container's: its pidfd is received as {@code ipc}, {@code pid} or {@code uts}. */
        ANOTHERS,
        /** The host's. */
        HOST
    }

    /**
     * @param pid OWN or ANOTHERS
     * @param shm whether there is a /dev/shm; one that is not its own is received as {@code shm}
     * @param cgroup whether its cgroup namespace is another's, received as {@code cgroupns}
     * @param time the same of its time namespace, received as {@code timens}
     */
    public record Spaces(Space ipc, Space pid, Space uts, boolean shm, boolean cgroup, boolean time) {
        /** With a cgroup namespace and clocks as the rest says. */
        public Spaces(Space ipc, Space pid, Space uts, boolean shm) {
            this(ipc, pid, uts, shm, false, false);
        }

        /** Its own of everything. */
        public static final Spaces OWN = new Spaces(Space.OWN, Space.OWN, Space.OWN, true);
    }

    /**
     * @param readOnly whether the root mount ends up read-only
     * @param writable directories that stay writable then
     * @param mounts in the order of attaching
     * @param devices further nodes in /dev
     * @param masked paths hidden: a file by /dev/null, a directory by an empty one
     * @param readOnlyPaths paths bound read-only onto themselves
     * @param sysWritable whether /sys is writable (privileged)
     * @param shmSize bytes of /dev/shm
     */
    public record Root(boolean readOnly, List<String> writable, List<Attached> mounts, List<Node> devices, List<Masked> masked, List<String> readOnlyPaths,
            boolean sysWritable, long shmSize) {}

    /**
     * A mount attached to the root: received as a detached mount, or a tmpfs made by the child.
     *
     * @param target absolute in the container
     * @param file whether the target is a file (made if missing; else a directory is made)
     * @param tmpfs options of a tmpfs; null if the mount is received
     * @param attributes MOUNT_ATTR_ of the tmpfs
     * @param optional whether the container does without it where the target cannot be reached
     * @param about what the user called it
     */
    public record Attached(String target, boolean file, @Nullable List<String> tmpfs, long attributes, boolean optional, String about) {}

    /** A device node. @param path below /dev, without it */
    public record Node(String path, int mode, int major, int minor) {}

    /** A hidden path. */
    public record Masked(String path, boolean directory) {}

    /**
     * @param candidates absolute paths to be tried in order
     * @param env {@code K=V}
     * @param groups supplementary groups; null where none can be set (user_namespaces(7): a namespace whose maps its own user wrote)
     */
    public record Process(List<String> candidates, List<String> argv, List<String> env, String workdir, int uid, int gid, int @Nullable [] groups, boolean tty,
            Init init, int oomScoreAdj, Map<Rlimit, Rlimit.Value> rlimits) {}

    /** Who does what falls to pid 1. */
    public enum Init {
        /** The program, as it likes. */
        NONE,
        /** The guard's own, with the program below it. */
        REAPER,
        /** The program, which takes signals by sigtimedwait(2): it begins with all of them blocked, so that none comes too early and is lost, as pid 1 loses what it does not catch. */
        WAITING
    }

    /**
     * The five sets as bit masks, and what restricts them.
     *
     * @param lastCapability the highest number the kernel knows
     * @param seccomp struct sock_filter[]; null for no filter
     * @param landlock whether a ruleset is received to be enforced; needs no_new_privs
     * @param labels of security modules: file below {@code /proc/self} to what is written there, to take effect with the execve(2) that follows
     * @param ownFilter whether that is the engine's own policy, which allows every call that is made on the way to the program
     */
    public record Privilege(long bounding, long permitted, long effective, long inheritable, long ambient, int lastCapability, boolean noNewPrivileges,
            byte @Nullable [] seccomp, long seccompFlags, boolean ownFilter, boolean landlock, Map<String, String> labels) {
        /** Without labels. */
        public Privilege(long bounding, long permitted, long effective, long inheritable, long ambient, int lastCapability, boolean noNewPrivileges, byte @Nullable [] seccomp,
                long seccompFlags, boolean ownFilter, boolean landlock) {
            this(bounding, permitted, effective, inheritable, ambient, lastCapability, noNewPrivileges, seccomp, seccompFlags, ownFilter, landlock, Map.of());
        }

        /** The same with labels. */
        public Privilege with(Map<String, String> others) {
            return new Privilege(bounding, permitted, effective, inheritable, ambient, lastCapability, noNewPrivileges, seccomp, seccompFlags, ownFilter, landlock, others);
        }

        /** The same with a Landlock ruleset, or without. */
        public Privilege with(boolean ruleset) {
            return new Privilege(bounding, permitted, effective, inheritable, ambient, lastCapability, noNewPrivileges, seccomp, seccompFlags, ownFilter, ruleset, labels);
        }
    }

    /**
     * @param prepare in the guard, before the clone
     * @param join in the child, before anything else
     * @param view makes /sys/fs/cgroup, given the context's root slot; contributes to PREFIX and CHILD
     * @param report in the guard, after the exit
     * @param undo in the guard, at the end
     * @param deviceFilter attaches the received v2 device program, given its slot; null where none is needed
     */
    public record Cgroup(List<Op> prepare, List<Op> join, View view, List<Op> report, List<Op> undo, @Nullable IntFunction<Op> deviceFilter) {
        /** Nothing about cgroups. */
        public static final Cgroup NONE = new Cgroup(List.of(), List.of(), context -> {}, List.of(), List.of(), null);
    }

    /** Contributes the cgroup file systems. The same one contributes the same each time. */
    @FunctionalInterface
    public interface View {
        void add(PlanContext context);
    }
}
