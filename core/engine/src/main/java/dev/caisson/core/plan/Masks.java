package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;

/** What of /proc and /sys is hidden or read-only (docker's masked and read-only paths). */
final class Masks {
    private Masks() {}

    /**
     * @param dev the container's own /dev, whatever is mounted over it by now: /dev/null by its path may be a volume's link to the very file to be hidden
     *     (CVE-2025-31133)
     */
    static void add(PlanContext context, PlanInput in, int dev) {
        for (String path : in.root().readOnlyPaths()) {
            int slot = context.slot();
            context.child(Op.of(OpCode.OPEN_TREE).slot(slot).slot2(context.root()).s(path).a(PlanContext.OPEN_TREE_CLONE)
                    .flags(OpFlags.RECURSIVE | OpFlags.OPTIONAL));
            context.child(Op.of(OpCode.MOUNT_ATTR).slot(slot).a(PlanContext.RDONLY).flags(OpFlags.RECURSIVE));
            context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(context.root()).s(path));
        }
        for (PlanInput.Masked mask : in.root().masked()) {
            int slot = context.slot();
            if (mask.directory()) {
                context.child(Op.of(OpCode.FSMOUNT).slot(slot).s("tmpfs").t(Op.strings(java.util.List.of("size=0", "nr_inodes=2")))
                        .a(PlanContext.RDONLY | PlanContext.NOSUID | PlanContext.NODEV | PlanContext.NOEXEC));
            } else {
                // In a user namespace dev's is a file that the host's is bound over, and maybe another by now.
                context.child(in.users() == null ? Op.of(OpCode.OPEN_TREE).slot(slot).slot2(dev).s("null").a(PlanContext.OPEN_TREE_CLONE)
                        : Op.of(OpCode.OPEN_TREE).slot(slot).slot2(context.received("device null")).a(PlanContext.OPEN_TREE_CLONE));
            }
            // Which of these exist depends on the kernel's build: one that is missing hides nothing.
            context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(context.root()).s(mask.path()).flags(OpFlags.OPTIONAL));
        }
    }
}
