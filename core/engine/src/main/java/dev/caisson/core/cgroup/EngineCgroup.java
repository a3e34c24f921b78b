package dev.caisson.core.cgroup;

import dev.caisson.linux.Bpf;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The engine's directory in one hierarchy.
 *
 * @param parent path of its parent below the mount point
 * @param parentsMade parents that were made for it
 * @param files what a container's cgroup has
 * @param guardsDevices whether its default sub-cgroup carries the default device policy
 */
record EngineCgroup(Hierarchy hierarchy, String parent, List<String> parentsMade, String name, CgroupDir dir, Set<String> files, boolean guardsDevices) {
    /** What limits need; enabling more would cost every process of the parent accounting that nobody reads. */
    private static final List<String> CONTROLLERS = List.of("cpuset", "cpu", "io", "memory", "pids");

    /** @param leftOut gets the controllers that cannot be enabled */
    static EngineCgroup make(Hierarchy h, Optional<List<String>> given, String name, boolean deviceProgram, List<LeftOut> leftOut) {
        CgroupParent parent = given.isPresent() ? CgroupParent.open(h, given.get(), leftOut) : CgroupParent.existing(h);
        try (CgroupDir up = parent.dir()) {
            if (h.unified()) {
                enable(up, leftOut);
            }
            up.make(name);
            try {
                CgroupDir dir = up.open(name);
                inherit(h, up, dir);
                boolean devices = h.unified() ? unified(dir, deviceProgram, leftOut) : v1(h, dir);
                return new EngineCgroup(h, given.map(g -> String.join("/", g)).orElseGet(h::defaultParent), parent.made(), name, dir, files(dir), devices);
            } catch (RuntimeException e) {
                removeAfter(e, up, name);
                throw e;
            }
        } catch (RuntimeException e) {
            CgroupParent.removeMade(h, parent.made());
            throw e;
        }
    }

    /** One that another engine has made. @param written as {@link #written()} gave it */
    static EngineCgroup existing(Hierarchy h, String name, String written) {
        String[] parts = written.split("\\|", -1);
        if (parts.length != 3 || !parts[0].equals(h.label())) {
            throw new IllegalArgumentException("'" + written + "' is not about the hierarchy " + h.label());
        }
        try (CgroupDir mount = CgroupDir.mount(h.mountPoint()); CgroupDir up = mount.open(parts[1])) {
            CgroupDir dir = up.open(name);
            return new EngineCgroup(h, parts[1], List.of(), name, dir, files(dir), Boolean.parseBoolean(parts[2]));
        }
    }

    /** For {@link #existing}: hierarchy, parent and whether it guards devices. */
    String written() {
        return hierarchy.label() + "|" + parent + "|" + guardsDevices;
    }

    private static void removeAfter(RuntimeException cause, CgroupDir up, String name) {
        try {
            CgroupTree.remove(up, name);
        } catch (SyscallException e) {
            cause.addSuppressed(e);
        }
    }

    /** A container's cgroup is a sibling of the default one: the same controllers reach both. */
    private static Set<String> files(CgroupDir dir) {
        try (CgroupDir sibling = dir.open(CgroupSlots.DEFAULT)) {
            return sibling.files();
        }
    }

    /** v1: nothing can join a cpuset without CPUs and memory nodes; with clone_children set, those made below copy them. */
    static void inherit(Hierarchy h, CgroupDir up, CgroupDir made) {
        if (h.controllers().contains("cpuset")) {
            made.write("cpuset.cpus", up.read("cpuset.cpus").strip());
            made.write("cpuset.mems", up.read("cpuset.mems").strip());
            made.write("cgroup.clone_children", "1");
        }
        // Before Linux 5.11 a v1 memory cgroup limits those below it only if told to.
        if (h.controllers().contains("memory") && made.readIfPresent("memory.use_hierarchy").filter(v -> v.strip().equals("0")).isPresent()) {
            made.write("memory.use_hierarchy", "1");
        }
    }

    private static boolean v1(Hierarchy h, CgroupDir dir) {
        dir.make(CgroupSlots.DEFAULT);
        boolean devices = h.controllers().contains("devices");
        if (devices) {
            try (CgroupDir shared = dir.open(CgroupSlots.DEFAULT)) {
                shared.write("devices.deny", "a");
                DevicePolicy.DEFAULT.allowed().forEach(rule -> allow(shared, rule));
            }
        }
        return devices;
    }

    private static void allow(CgroupDir shared, DeviceRule rule) {
        try {
            shared.write("devices.allow", rule.toString());
        } catch (SyscallException e) {
            // The JVM's own cgroup does not allow it: then it is denied here with or without this rule.
            if (!e.is(Errno.EPERM)) {
                throw e;
            }
        }
    }

    private static boolean unified(CgroupDir dir, boolean deviceProgram, List<LeftOut> leftOut) {
        enable(dir, leftOut);
        dir.make(CgroupSlots.DEFAULT);
        try (CgroupDir shared = dir.open(CgroupSlots.DEFAULT)) {
            enable(shared, leftOut);
            return deviceProgram && attach(shared, leftOut);
        }
    }

    private static boolean attach(CgroupDir shared, List<LeftOut> leftOut) {
        try (Fd program = Bpf.loadDeviceFilter(DeviceProgram.compile(DevicePolicy.DEFAULT))) {
            Bpf.attachDeviceFilter(program, shared.fd(), Bpf.ALLOW_MULTI);
            return true;
        } catch (SyscallException e) {
            leftOut.add(new LeftOut("devices", e.getMessage(), "run as root, or with CAP_BPF and CAP_NET_ADMIN"));
            return false;
        }
    }

    /** Hands controllers on to the children of a v2 cgroup, one by one: one that cannot be had does not cost the others. */
    static void enable(CgroupDir dir, List<LeftOut> leftOut) {
        Set<String> missing = new TreeSet<>(dir.words("cgroup.controllers"));
        missing.retainAll(CONTROLLERS);
        missing.removeAll(dir.words("cgroup.subtree_control"));
        for (String controller : missing) {
            try {
                dir.write("cgroup.subtree_control", "+" + controller);
            } catch (SyscallException e) {
                leftOut.add(new LeftOut(controller, e.getMessage(), e.is(Errno.EBUSY) ? leafMove(dir) : LeftOut.DELEGATE));
            }
        }
    }

    /** The no-internal-process rule: a cgroup with processes cannot hand on controllers. */
    private static String leafMove(CgroupDir dir) {
        return "move the processes of " + dir.path() + " to a leaf before the engine starts: mkdir " + dir.path() + "/leaf && for p in $(cat "
                + dir.path() + "/cgroup.procs); do echo $p > " + dir.path() + "/leaf/cgroup.procs; done";
    }

    private CgroupDir openParent() {
        try (CgroupDir mount = CgroupDir.mount(hierarchy.mountPoint())) {
            return mount.open(parent);
        }
    }

    void remove() {
        dir.close();
        try (CgroupDir up = openParent()) {
            CgroupTree.remove(up, name);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) { // the guard's last act took it away, with the parents that were made for it
                throw e;
            }
        }
        CgroupParent.removeMade(hierarchy, parentsMade);
    }
}
