package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;

/** The root file system: attached, furnished with the user's mounts, made read-only, and entered. */
final class RootFiles {
    private RootFiles() {}

    static void attachRoot(PlanContext context, PlanInput in) {
        context.child(Op.of(OpCode.ROOT).slot(context.root()));
    }

    /** The user's mounts, in the order given. Missing targets are made. */
    static void attachMounts(PlanContext context, PlanInput in) {
        if (in.root().readOnly()) {
            for (String directory : in.root().writable()) {
                // A second mount of the same (private) root, which stays writable when the first becomes read-only: begins with the image's content and
                // costs two system calls, where a tmpfs would have to be filled. Of the same root: a link must not make a second /proc/sys, which nothing masks.
                int slot = context.slot();
                context.child(Op.of(OpCode.OPEN_TREE).slot(slot).slot2(context.root()).s(directory).a(PlanContext.OPEN_TREE_CLONE)
                        .flags(OpFlags.OPTIONAL | OpFlags.SAME_MOUNT));
                context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(context.root()).s(directory).flags(OpFlags.OPTIONAL | OpFlags.SAME_MOUNT));
            }
        }
        for (PlanInput.Attached mount : in.root().mounts()) {
            int slot;
            if (mount.tmpfs() == null) {
                slot = context.received("mount " + mount.target());
            } else {
                slot = context.slot();
                context.child(Op.of(OpCode.FSMOUNT).slot(slot).s("tmpfs").t(Op.strings(mount.tmpfs())).a(mount.attributes()).about(mount.about()));
            }
            // Where the text of the target allows a file below /proc (Targets), its place may be there; a link of the image must not lead there.
            int flags = (mount.file() ? OpFlags.MAKE_FILE : OpFlags.MAKE_DIR) | (mount.optional() ? OpFlags.OPTIONAL : 0)
                    | (mount.target().startsWith("/proc/") ? 0 : OpFlags.NOT_PROC);
            context.child(Op.of(OpCode.ATTACH).slot(slot).slot2(context.root()).s(mount.target()).flags(flags).about(mount.about()));
        }
    }

    static void seal(PlanContext context, PlanInput in) {
        if (in.root().readOnly()) {
            // The last chance to make it; what is wrong with it the change of directory will say.
            context.child(Op.of(OpCode.MKDIR).slot(context.root()).s(in.process().workdir()).a(0755).flags(OpFlags.OPTIONAL).about("workdir"));
            context.child(Op.of(OpCode.MOUNT_ATTR).slot(context.root()).a(PlanContext.RDONLY).about("readOnly"));
        }
    }

    static void pivot(PlanContext context) {
        context.child(Op.of(OpCode.PIVOT).slot(context.root()));
    }
}
