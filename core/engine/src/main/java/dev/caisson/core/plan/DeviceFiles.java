package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.util.List;

/**
 * /dev: a tmpfs with the devices of the OCI runtime specification (config-linux, "Default Devices") and its links. devtmpfs is never mounted.
 *
 * @param dev the slot of that
 * @param known the slot of a directory with the devices in which nobody could exchange them; -1 where they are received
 */
record DeviceFiles(int dev, int known) {
    private static final int NONE = -1;
    private static final int CHARACTER = 0x2000;
    private static final List<PlanInput.Node> DEFAULT = List.of(new PlanInput.Node("null", CHARACTER | 0666, 1, 3),
            new PlanInput.Node("zero", CHARACTER | 0666, 1, 5), new PlanInput.Node("full", CHARACTER | 0666, 1, 7),
            new PlanInput.Node("random", CHARACTER | 0666, 1, 8), new PlanInput.Node("urandom", CHARACTER | 0666, 1, 9),
            new PlanInput.Node("tty", CHARACTER | 0666, 5, 0));

    static DeviceFiles make(PlanContext context, PlanInput in) {
        int dev = context.mount("tmpfs", PlanContext.NOSUID | PlanContext.STRICTATIME, "mode=755", "size=65536k");
        if (in.users() == null) {
            for (PlanInput.Node node : DEFAULT) {
                // Asked for by name, it is made below. Another in its place is refused by mknod(2): null hides what is to be hidden.
                if (in.root().devices().stream().noneMatch(asked -> asked.path().equals(node.path()) && asked.major() == node.major() && asked.minor() == node.minor())) {
                    context.prefix(node(dev, node));
                }
            }
        }
        for (PlanInput.Node node : in.root().devices()) {
            int slash = node.path().lastIndexOf('/');
            if (slash > 0) {
                context.prefix(Op.of(OpCode.MKDIR).slot(dev).s(node.path().substring(0, slash)).a(0755));
            }
            context.prefix(node(dev, node).about("device /dev/" + node.path()));
        }
        link(context, dev, "fd", "/proc/self/fd");
        link(context, dev, "stdin", "/proc/self/fd/0");
        link(context, dev, "stdout", "/proc/self/fd/1");
        link(context, dev, "stderr", "/proc/self/fd/2");
        link(context, dev, "ptmx", "pts/ptmx");
        link(context, dev, "core", "/proc/kcore");
        for (String directory : List.of("pts", "shm", "mqueue")) {
            context.prefix(Op.of(OpCode.MKDIR).slot(dev).s(directory).a(0755));
        }
        return new DeviceFiles(dev, in.users() == null ? dev : in.users().byGuard() ? guards(context) : NONE);
    }

    /** The directory with the devices that the guard has for its children. */
    private static int guards(PlanContext context) {
        int root = context.slot();
        int devices = context.slot();
        context.prefix(Op.of(OpCode.OPEN_ROOT).slot(root));
        context.prefix(Op.of(OpCode.OPEN_TREE).slot(devices).slot2(root).s("d").flags(OpFlags.OURS));
        return devices;
    }

    /** In a user namespace no device node can be made (mknod(2), EPERM): others' are bound, as every engine does. */
    void attach(PlanContext context, PlanInput in) {
        context.attach(dev, "/dev");
        if (in.users() != null && in.users().byGuard()) {
            for (PlanInput.Node node : DEFAULT) {
                int slot = context.slot();
                context.child(open(slot, node.path()).about("device /dev/" + node.path()));
                context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(dev).s(node.path()).flags(OpFlags.MAKE_FILE | OpFlags.OURS).about("device /dev/" + node.path()));
            }
        } else if (in.users() != null) {
            for (PlanInput.Node node : DEFAULT) {
                context.child(Op.of(OpCode.ATTACH).slot(context.received(received(node))).slot2(context.root()).s("/dev/" + node.path())
                        .flags(OpFlags.MAKE_FILE).about("device /dev/" + node.path()));
            }
        }
    }

    /** A mount of /dev/null of which nobody could make anything else: in a user namespace that of /dev is a file that another's is bound over. */
    Op openNull(PlanContext context, int slot) {
        return known != NONE ? open(slot, "null") : Op.of(OpCode.OPEN_TREE).slot(slot).slot2(context.received("device null")).a(PlanContext.OPEN_TREE_CLONE);
    }

    private Op open(int slot, String name) {
        return Op.of(OpCode.OPEN_TREE).slot(slot).slot2(known).s(name).a(PlanContext.OPEN_TREE_CLONE).flags(OpFlags.OURS);
    }

    /** The names under which the host's devices are received, where they are. */
    static List<String> received(PlanInput in) {
        return in.users() == null || in.users().byGuard() ? List.of() : DEFAULT.stream().map(DeviceFiles::received).toList();
    }

    /** Below /dev, without it. */
    static List<String> names() {
        return DEFAULT.stream().map(PlanInput.Node::path).toList();
    }

    private static String received(PlanInput.Node node) {
        return "device " + node.path();
    }

    /**
     * A terminal on the container's own devpts, its master handed to the engine, and /dev/console bound to it: all by the mounts themselves, never by a path
     * that a volume may have covered (CVE-2025-52565).
     */
    void terminal(PlanContext context, PlanInput in, int pts) {
        if (!in.process().tty()) {
            return;
        }
        int terminal = context.slot();
        int master = context.slot();
        context.child(Op.of(OpCode.TERMINAL).slot(terminal).slot2(pts).args(master, 24 << 16 | 80, in.process().uid()));
        context.child(Op.of(OpCode.SEND_FD).slot(context.received("terminal")).slot2(master));
        int console = context.slot();
        context.child(Op.of(OpCode.OPEN_TREE).slot(console).slot2(pts).s("0").a(PlanContext.OPEN_TREE_CLONE));
        context.child(Op.of(OpCode.ATTACH).slot(console).slot2(dev).s("console").flags(OpFlags.MAKE_FILE));
        context.child(Op.of(OpCode.SETSID));
        context.child(Op.of(OpCode.CONTROLLING).slot(terminal));
        for (int stream = 0; stream < 3; stream++) {
            context.child(Op.of(OpCode.DUP).slot(terminal).a(stream));
        }
    }

    private static Op node(int dev, PlanInput.Node node) {
        return Op.of(OpCode.MKNOD).slot(dev).s(node.path()).args(node.mode(), node.major(), node.minor());
    }

    private static void link(PlanContext context, int dev, String name, String target) {
        context.prefix(Op.of(OpCode.SYMLINK).slot(dev).s(name).t(target));
    }
}
