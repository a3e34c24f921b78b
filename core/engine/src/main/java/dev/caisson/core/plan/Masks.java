package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;

/** What of /proc and /sys is hidden or read-only (docker's masked and read-only paths). */
final class Masks {
    private final PlanContext context;
    private final PlanInput in;
    private final DeviceFiles devices;
    private final int proc;
    private final int sys;
    private final int ours;

    private Masks(PlanContext context, PlanInput in, DeviceFiles devices, int proc, int sys) {
        this.context = context;
        this.in = in;
        this.devices = devices;
        this.proc = proc;
        this.sys = sys;
        // Only the kernel changes what is in them, unless the user has mounted something there.
        boolean users = in.root().mounts().stream().anyMatch(m -> m.target().startsWith("/proc") || m.target().startsWith("/sys"));
        this.ours = users ? 0 : OpFlags.OURS;
    }

    /**
     * What is below /proc and /sys is found from those mounts themselves, wherever in the root they came to lie: a path from the root may lead past them by now, and
     * then nothing would be hidden.
     *
     * @param devices the container's own, whatever is mounted over its /dev by now: /dev/null by its path may be a volume's link to the very file to be hidden
     *     (CVE-2025-31133)
     */
    static void add(PlanContext context, PlanInput in, DeviceFiles devices, int proc, int sys) {
        Masks masks = new Masks(context, in, devices, proc, sys);
        in.root().readOnlyPaths().forEach(path -> masks.places(path, masks::readOnly));
        in.root().masked().forEach(mask -> masks.places(mask.path(), (root, path) -> masks.hide(mask, root, path)));
    }

    private void places(String path, Place then) {
        if (path.startsWith("/proc/")) {
            then.accept(proc, path.substring("/proc/".length()));
        } else if (path.startsWith("/sys/")) {
            then.accept(sys, path.substring("/sys/".length()));
            if (in.root().mounts().stream().anyMatch(m -> m.target().equals("/sys"))) {
                then.accept(context.root(), path); // the user's own, which docker masks too
            }
        } else {
            then.accept(context.root(), path);
        }
    }

    private interface Place {
        void accept(int root, String path);
    }

    private void readOnly(int root, String path) {
        int slot = context.slot();
        context.child(Op.of(OpCode.OPEN_TREE).slot(slot).slot2(root).s(path).a(PlanContext.OPEN_TREE_CLONE).flags(OpFlags.RECURSIVE | OpFlags.OPTIONAL | ours(root)));
        context.child(Op.of(OpCode.MOUNT_ATTR).slot(slot).a(PlanContext.RDONLY).flags(OpFlags.RECURSIVE));
        context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(root).s(path).flags(ours(root)));
    }

    private void hide(PlanInput.Masked mask, int root, String path) {
        int slot = context.slot();
        if (mask.directory()) {
            context.child(Op.of(OpCode.FSMOUNT).slot(slot).s("tmpfs").t(Op.strings(java.util.List.of("size=0", "nr_inodes=2")))
                    .a(PlanContext.RDONLY | PlanContext.NOSUID | PlanContext.NODEV | PlanContext.NOEXEC));
        } else {
            context.child(devices.openNull(context, slot));
        }
        // Which of these exist depends on the kernel's build: one that is missing hides nothing.
        context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(root).s(path).flags(OpFlags.OPTIONAL | ours(root)));
    }

    private int ours(int root) {
        return root == context.root() ? 0 : ours;
    }
}
