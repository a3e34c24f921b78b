package dev.caisson.core.cgroup;

import static dev.caisson.core.launch.OpFlags.MAKE_DIR;
import static dev.caisson.core.launch.OpFlags.OURS;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * {@code /sys/fs/cgroup} as a container sees it: its own cgroups as roots, read-only. To come after {@link CgroupPlan}'s PREFIX operations, which put the
 * child into a cgroup namespace: outside one the mounts would show the host's tree, and a new cgroup2 mount would reset the host's mount options.
 */
public final class CgroupView {
    private static final String TARGET = "sys/fs/cgroup";
    private static final long RDONLY = 1;
    private static final long NOSUID = 2;
    private static final long NODEV = 4;
    private static final long NOEXEC = 8;
    private static final long SAFE = NOSUID | NODEV | NOEXEC;

    private final List<Op> ops = new ArrayList<>();
    private final int root;
    private final IntSupplier slots;

    private CgroupView(int root, IntSupplier slots) {
        this.root = root;
        this.slots = slots;
    }

    /**
     * @param layout which hierarchies the host has
     * @param root slot of the container's root
     * @param slots gives new local slots
     */
    public static List<Op> ops(CgroupSlots layout, int root, IntSupplier slots) {
        CgroupView view = new CgroupView(root, slots);
        List<Hierarchy> all = layout.slots().stream().map(CgroupSlots.Slot::hierarchy).toList();
        if (all.size() == 1 && all.get(0).unified()) {
            view.mount("cgroup2", Op.NONE, RDONLY, TARGET);
        } else if (!all.isEmpty()) {
            int tmpfs = view.mount("tmpfs", Op.strings(List.of("mode=755", "size=4k", "nr_inodes=128")), 0, TARGET);
            all.forEach(h -> view.hierarchy(h, tmpfs));
            // Only now: directories and links had to be made in it.
            view.ops.add(Op.of(OpCode.MOUNT_ATTR).slot(tmpfs).a(RDONLY).about("/" + TARGET + " read-only"));
        }
        return view.ops;
    }

    private void hierarchy(Hierarchy h, int tmpfs) {
        if (h.unified()) {
            below(tmpfs, "cgroup2", Op.NONE, "unified");
            return;
        }
        // Fedora, Debian and docker agree on these names: name=systemd is "systemd", cpu and cpuacct mounted together are "cpu,cpuacct" with a link each.
        String directory = String.join(",", h.controllers()).replace("name=", "");
        List<String> options = new ArrayList<>(h.controllers());
        if (h.named()) {
            options.add(0, "none");
        }
        below(tmpfs, "cgroup", Op.strings(options), directory);
        if (h.controllers().size() > 1) {
            h.controllers().forEach(c -> ops.add(Op.of(OpCode.SYMLINK).slot(tmpfs).s(c).t(directory).about("/" + TARGET + "/" + c)));
        }
    }

    private int mount(String type, byte[] options, long attributes, String target) {
        int slot = make(type, options, attributes, target);
        ops.add(Op.of(OpCode.ATTACH).slot(slot).slot2(root).s(target).flags(MAKE_DIR).about("/" + target));
        return slot;
    }

    /** In the tmpfs of these, which nobody else has. */
    private void below(int tmpfs, String type, byte[] options, String directory) {
        String target = TARGET + "/" + directory;
        int slot = make(type, options, RDONLY, target);
        ops.add(Op.of(OpCode.ATTACH).slot(slot).slot2(tmpfs).s(directory).flags(MAKE_DIR | OURS).about("/" + target));
    }

    private int make(String type, byte[] options, long attributes, String target) {
        int slot = slots.getAsInt();
        ops.add(Op.of(OpCode.FSMOUNT).slot(slot).s(type).t(options).a(SAFE | attributes).about("/" + target));
        return slot;
    }
}
