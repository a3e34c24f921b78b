package dev.caisson.core.plan;

import dev.caisson.UserNamespace;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;

/** The file systems the kernel makes up: /proc, /sys, /dev/pts, /dev/shm, /dev/mqueue; options as docker's. */
record KernelFiles(int sys, int pts, int shm, int mqueue) {
    private static final int TTY = 5;
    private static final int NO_SHM = -1;
    private static final long SAFE = PlanContext.NOSUID | PlanContext.NOEXEC | PlanContext.NODEV;

    /** /proc of the new PID namespace, and what is set through it. */
    static int proc(PlanContext context, PlanInput in) {
        int proc = context.mount("proc", SAFE);
        in.sysctls().forEach((path, value) -> context.prefix(write(proc, "sys/" + path, value).about("sysctl " + path.replace('/', '.'))));
        PrivilegeSteps.labels(context::prefix, in.privilege(), proc);
        if (in.process().oomScoreAdj() != 0) {
            context.prefix(write(proc, "self/oom_score_adj", Integer.toString(in.process().oomScoreAdj())).about("oomScoreAdj"));
        }
        if (in.timeNamespace()) {
            // The offsets can be set until the first process enters. An exec enters by itself from Linux 6.3 on (time_namespaces(7)).
            context.prefix(Op.of(OpCode.UNSHARE).a(Namespaces.NEWTIME));
            long nanos = in.bootTimeOffset().toNanosPart();
            long seconds = in.bootTimeOffset().toSeconds();
            if (seconds != 0 || nanos != 0) {
                context.prefix(write(proc, "self/timens_offsets",
                        "monotonic " + seconds + " " + nanos + "\nboottime " + seconds + " " + nanos + "\n").about("bootTimeOffset"));
            }
            context.prefix(Op.of(OpCode.SETNS).slot(proc).s("self/ns/time_for_children").a(Namespaces.NEWTIME));
        }
        return proc;
    }

    static KernelFiles make(PlanContext context, PlanInput in) {
        return new KernelFiles(
                in.users() != null && in.network() == PlanInput.NetworkNamespace.HOST ? guardsSysfs(context)
                        : context.mount("sysfs", SAFE | (in.root().sysWritable() ? 0 : PlanContext.RDONLY)),
                context.mount("devpts", PlanContext.NOSUID | PlanContext.NOEXEC, pts(in)),
                shm(context, in),
                context.mount("mqueue", SAFE));
    }

    private static int shm(PlanContext context, PlanInput in) {
        if (!in.spaces().shm()) {
            return NO_SHM;
        }
        return in.spaces().ipc() == PlanInput.Space.OWN ? context.mount("tmpfs", SAFE, "mode=1777", "size=" + in.root().shmSize()) : context.received("shm");
    }

    /** A sysfs can be mounted only by who owns the network namespace, which the host's own user does not: the one that the guard shows its children. */
    private static int guardsSysfs(PlanContext context) {
        int root = context.slot();
        int sys = context.slot();
        context.prefix(Op.of(OpCode.OPEN_ROOT).slot(root));
        context.prefix(Op.of(OpCode.OPEN_TREE).slot(sys).slot2(root).s("s").a(PlanContext.OPEN_TREE_CLONE));
        context.prefix(Op.of(OpCode.MOUNT_ATTR).slot(sys).a(PlanContext.RDONLY));
        return sys;
    }

    /** Group tty, where it is mapped. */
    private static String[] pts(PlanInput in) {
        UserNamespace.Mapped users = in.users() == null ? null : in.users().maps();
        boolean mapped = users == null || users.groups().stream().anyMatch(r -> r.inside() <= TTY && TTY < r.inside() + r.size());
        return mapped ? new String[] {"newinstance", "ptmxmode=0666", "mode=0620", "gid=" + TTY} : new String[] {"newinstance", "ptmxmode=0666", "mode=0620"};
    }

    void attachSys(PlanContext context) {
        context.attach(sys, "/sys");
    }

    void attachBelowDev(PlanContext context, int dev) {
        context.attachOurs(pts, dev, "pts");
        if (shm != NO_SHM) {
            context.attachOurs(shm, dev, "shm");
        }
        context.attachOurs(mqueue, dev, "mqueue");
    }

    private static Op write(int proc, String path, String value) {
        return Op.of(OpCode.WRITE).slot(proc).s(path).t(value);
    }
}
