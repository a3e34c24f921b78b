package dev.caisson.core.plan;

import dev.caisson.UserNamespace;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.util.List;
import java.util.stream.Collectors;

/** The namespaces a container gets, and their names. */
final class Namespaces {
    static final long NEWNS = 0x00020000;
    static final long NEWUTS = 0x04000000;
    static final long NEWIPC = 0x08000000;
    static final long NEWPID = 0x20000000;
    static final long NEWNET = 0x40000000;
    static final long NEWUSER = 0x10000000;
    static final long NEWCGROUP = 0x02000000;
    static final long NEWTIME = 0x00000080;

    private Namespaces() {}

    /** The first thing a child does. Joining its cgroups is its own business only where it may: not below an ordinary user's guard, where the engine does it meanwhile. */
    static void join(PlanContext context, PlanInput in) {
        if (in.users() == null) {
            in.cgroup().join().stream().filter(op -> op.code() != OpCode.UNSHARE || !in.spaces().cgroup()).forEach(context::prefix);
            return;
        }
        context.builder().cloneFlags(NEWUSER);
        if (in.users().byGuard()) {
            context.prepare(Op.of(OpCode.ID_MAPS).s(lines(in.users().maps().users())).t(lines(in.users().maps().groups())).about("userns"));
            // Before its ids are the namespace's it is the host's root, who may. From outside a v1 cgroup would be joined under a lock that stops every fork (and waits for RCU).
            in.cgroup().join().stream().filter(op -> op.code() == OpCode.WRITE).forEach(context::prefix);
        } else {
            context.builder().flags(LaunchPlan.WANT_PIDFD);
        }
        context.prefix(Op.of(OpCode.WAIT_GO).a(in.users().byGuard() ? 1 : 0).about("userns"));
        context.prefix(Op.of(OpCode.IDS).about("userns")); // root of its own now: files it makes need an owner that the map knows
        in.cgroup().join().stream().filter(op -> op.code() != OpCode.WRITE).forEach(context::prefix);
    }

    /** As {@code /proc/PID/uid_map} takes them (user_namespaces(7)). */
    static String lines(List<UserNamespace.Range> ranges) {
        return ranges.stream().map(r -> r.inside() + " " + r.outside() + " " + r.size() + "\n").collect(Collectors.joining());
    }

    private static long own(PlanInput.Space space, long flag) {
        return space == PlanInput.Space.OWN ? flag : 0;
    }

    static void enter(PlanContext context, PlanInput in) {
        PlanInput.Spaces spaces = in.spaces();
        context.builder().cloneFlags(NEWNS | own(spaces.pid(), NEWPID) | own(spaces.ipc(), NEWIPC) | own(spaces.uts(), NEWUTS));
        if (spaces.pid() == PlanInput.Space.ANOTHERS) {
            context.prepare(Op.of(OpCode.PID_NAMESPACE).slot(context.received("pid")).about("pidOf"));
        }
        if (spaces.ipc() == PlanInput.Space.ANOTHERS) {
            context.prefix(Op.of(OpCode.SETNS).slot(context.received("ipc")).a(NEWIPC).about("ipcOf"));
        }
        if (spaces.uts() == PlanInput.Space.ANOTHERS) {
            context.prefix(Op.of(OpCode.SETNS).slot(context.received("uts")).a(NEWUTS).about("utsOf"));
        }
        if (spaces.cgroup()) {
            context.prefix(Op.of(OpCode.SETNS).slot(context.received("cgroupns")).a(NEWCGROUP).about("linux.namespaces cgroup"));
        }
        if (spaces.time()) {
            context.prefix(Op.of(OpCode.SETNS).slot(context.received("timens")).a(NEWTIME).about("linux.namespaces time"));
        }
        switch (in.network()) {
            case NEW -> {
                context.builder().cloneFlags(NEWNET);
                context.prefix(Op.of(OpCode.LOOPBACK_UP));
            }
            case GIVEN -> context.prefix(Op.of(OpCode.SETNS).slot(context.received("netns")).a(NEWNET));
            case HOST -> { }
        }
        if (spaces.uts() == PlanInput.Space.OWN) {
            context.prefix(Op.of(OpCode.HOSTNAME).s(in.hostname()));
        }
        if (!in.domainName().isEmpty()) {
            context.prefix(Op.of(OpCode.DOMAINNAME).s(in.domainName()));
        }
        // A session keyring of its own, nameless: by a name one would be joined that another container has (keyctl(2), KEYCTL_JOIN_SESSION_KEYRING).
        // Kernels without keys and full quotas do without.
        context.prefix(Op.of(OpCode.KEYRING).flags(OpFlags.OPTIONAL));
    }
}
