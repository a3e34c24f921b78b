package dev.caisson.core.plan;

import dev.caisson.Rlimit;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import dev.caisson.core.plan.PlanInput.Attached;
import dev.caisson.core.plan.PlanInput.Cgroup;
import dev.caisson.core.plan.PlanInput.Masked;
import dev.caisson.core.plan.PlanInput.NetworkNamespace;
import dev.caisson.core.plan.PlanInput.Node;
import dev.caisson.core.plan.PlanInput.Privilege;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Inputs of the plan compiler, as small variations of a plain container. Mutable fields, for tests only. */
final class Inputs {
    static final long DOCKERS = 0xa80425fbL;
    static final byte[] FILTER = "struct sock_filter[]".getBytes(StandardCharsets.US_ASCII);

    String domainName = "";
    NetworkNamespace network = NetworkNamespace.NEW;
    PlanInput.Spaces spaces = PlanInput.Spaces.OWN;
    boolean readOnly;
    List<String> writable = List.of();
    List<Attached> mounts = List.of(etc("hostname"), etc("hosts"), etc("resolv.conf"));
    List<Node> devices = List.of();
    List<Masked> masked = List.of(new Masked("/proc/acpi", true), new Masked("/proc/kcore", false), new Masked("/sys/firmware", true));
    List<String> readOnlyPaths = List.of("/proc/bus", "/proc/sys");
    boolean sysWritable;
    List<String> argv = List.of("sh", "-c", "true");
    int uid;
    int gid;
    int[] groups = {0};
    boolean tty;
    PlanInput.Init init = PlanInput.Init.NONE;
    int oomScoreAdj;
    String workdir = "/srv";
    Map<Rlimit, Rlimit.Value> rlimits = Map.of(Rlimit.NOFILE, new Rlimit.Value(1024, 524_288), Rlimit.CORE, new Rlimit.Value(0, -1));
    Privilege privilege = new Privilege(DOCKERS, DOCKERS, DOCKERS, 0, 0, 40, false, FILTER, 0, true, false);
    Cgroup cgroup = Cgroup.NONE;
    Map<String, String> sysctls = new TreeMap<>(Map.of("net/ipv4/ip_unprivileged_port_start", "0", "net/ipv4/ping_group_range", "0 2147483647"));
    boolean timeNamespace;
    Duration bootTimeOffset = Duration.ZERO;
    PlanInput.@Nullable Users users;

    private static Attached etc(String name) {
        return new Attached("/etc/" + name, true, null, 0, true, "/etc/" + name);
    }

    /** A mount of the host's, whose source shows only in what is said to people. */
    static Attached bind(String source, String target, boolean file) {
        return new Attached(target, file, null, 0, false, "bind(" + source + ", \"" + target + "\")");
    }

    static Attached tmpfs(String target, String... options) {
        return new Attached(target, false, List.of(options), 2 | 4 | 8, false, "tmpfs(\"" + target + "\")");
    }

    /** What the cgroup room contributes, in outline. */
    static Cgroup limited() {
        Op made = Op.of(OpCode.CGROUP_MAKE).slot(LaunchPlan.SLOT_ENGINE).s("c1");
        Op joined = Op.of(OpCode.WRITE).slot(LaunchPlan.SLOT_ENGINE).s("c1/tasks").t("0");
        return new Cgroup(List.of(made, Op.of(OpCode.WRITE).slot(LaunchPlan.SLOT_ENGINE).s("c1/memory.limit_in_bytes").t("67108864").about("memory")),
                List.of(joined, Op.of(OpCode.UNSHARE).a(0x02000000)), context -> context.attach(context.mount("cgroup2", PlanContext.RDONLY), "/sys/fs/cgroup"),
                List.of(Op.of(OpCode.READ).slot(LaunchPlan.SLOT_ENGINE).s("c1/memory.max_usage_in_bytes").a(64)),
                List.of(Op.of(OpCode.CGROUP_KILL).slot(LaunchPlan.SLOT_ENGINE).s("c1").flags(OpFlags.AT_KILL),
                        Op.of(OpCode.CGROUP_REMOVE).slot(LaunchPlan.SLOT_ENGINE).s("c1")),
                program -> Op.of(OpCode.DEVICE_FILTER).slot(program).slot2(LaunchPlan.SLOT_ENGINE).s("c1"));
    }

    /** As a user that is not root: nothing permitted, an empty ambient set. */
    Inputs user(int id) {
        uid = id;
        gid = id;
        groups = new int[] {id, 27};
        privilege = new Privilege(DOCKERS, 0, 0, 0, 0, 40, privilege.noNewPrivileges(), privilege.seccomp(), 0, privilege.ownFilter(), privilege.landlock());
        return this;
    }

    Inputs noNewPrivileges() {
        Privilege p = privilege;
        privilege = new Privilege(p.bounding(), p.permitted(), p.effective(), p.inheritable(), p.ambient(), p.lastCapability(), true, p.seccomp(), p.seccompFlags(), p.ownFilter(), p.landlock());
        return this;
    }

    /** The user's own profile, of which nobody knows what it allows. */
    Inputs foreignFilter() {
        Privilege p = privilege;
        privilege = new Privilege(p.bounding(), p.permitted(), p.effective(), p.inheritable(), p.ambient(), p.lastCapability(), p.noNewPrivileges(), p.seccomp(),
                p.seccompFlags(), false, p.landlock());
        return this;
    }

    Inputs privileged() {
        privilege = new Privilege(-1L >>> 23, -1L >>> 23, -1L >>> 23, 0, 0, 40, false, null, 0, true, false);
        masked = List.of();
        readOnlyPaths = List.of();
        sysWritable = true;
        devices = List.of(new Node("sda", 0x61b0, 8, 0), new Node("net/tun", 0x21b6, 10, 200));
        return this;
    }

    PlanInput.Process process() {
        return new PlanInput.Process(List.of("/usr/bin/sh", "/bin/sh"), argv, List.of("PATH=/usr/bin:/bin", "HOSTNAME=box", "HOME=/root"), workdir, uid, gid, groups, tty,
                init, oomScoreAdj, rlimits);
    }

    PlanInput input() {
        return new PlanInput("box", domainName, network, spaces, new PlanInput.Root(readOnly, writable, mounts, devices, masked, readOnlyPaths, sysWritable, 64L << 20), process(),
                privilege, cgroup, sysctls, timeNamespace, bootTimeOffset, users, true);
    }

    PlanCompiler.Compiled compile() {
        return PlanCompiler.compile(input());
    }
}
