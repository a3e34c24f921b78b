package dev.caisson.core.cgroup;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the engine's cgroups are removed, known before the first of them is made: so that it can lie with the guard by then, and a JVM killed at any instant leaves none.
 * Closing it closes the descriptors.
 */
public final class CgroupFarewell implements AutoCloseable {
    private final List<Fd> descriptors = new ArrayList<>();
    private final List<Op> leave = new ArrayList<>();
    private final List<Op> remove = new ArrayList<>();

    private CgroupFarewell() {}

    /**
     * Makes nothing. Hierarchies that cannot be opened have no part in it: nothing can be made there either.
     *
     * @param engineId as in {@link EngineCgroups#open}
     * @param cgroupParent as in {@link EngineCgroups#open}; what of it is missing now is removed at the end, unless somebody else uses it then
     * @param firstSlot the engine slot of the first of {@link #descriptors()}
     * @throws IllegalArgumentException as {@link EngineCgroups#open}
     */
    public static CgroupFarewell of(CgroupLayout layout, String engineId, Optional<String> cgroupParent, int firstSlot) {
        Optional<List<String>> given = cgroupParent.map(CgroupParent::components);
        CgroupFarewell farewell = new CgroupFarewell();
        try {
            for (Hierarchy h : layout.hierarchies()) {
                try (Ground ground = Ground.of(h, given)) {
                    farewell.add(h, ground, EngineCgroups.PREFIX + engineId, firstSlot + farewell.descriptors.size());
                } catch (SyscallException e) {
                    if (!e.is(Errno.ENOENT, Errno.EACCES, Errno.EPERM)) {
                        throw e;
                    }
                }
            }
            return farewell;
        } catch (RuntimeException e) {
            farewell.close();
            throw e;
        }
    }

    private void add(Hierarchy h, Ground ground, String name, int slot) {
        descriptors.add(ground.dir().handle());
        if (!h.unified()) {
            leave.add(Op.of(OpCode.WRITE).slot(slot).s("cgroup.procs").t("0"));
        }
        String parent = String.join("/", ground.missing());
        String own = parent.isEmpty() ? name : parent + "/" + name;
        if (h.unified()) { // processes outside the guard's PID namespace, which in v1 it could not even name
            leave.add(Op.of(OpCode.CGROUP_KILL).slot(slot).s(own));
        }
        remove.add(Op.of(OpCode.CGROUP_REMOVE).slot(slot).s(own));
        for (int depth = ground.missing().size(); depth > 0; depth--) {
            remove.add(Op.of(OpCode.UNLINK).slot(slot).s(String.join("/", ground.missing().subList(0, depth))).a(Fcntl.AT_REMOVEDIR));
        }
    }

    /** What the guard gets, open with O_PATH, in the order of the engine slots: in each hierarchy what is there already, above all that will be made. */
    public List<Fd> descriptors() {
        return List.copyOf(descriptors);
    }

    /**
     * The guard's last operations: it leaves the engine's cgroups, kills who is still there, then removes them by name. Never through a descriptor of a removed one itself: that may be a mount
     * point, whose removal would detach it for everybody.
     */
    public List<Op> ops() {
        List<Op> ops = new ArrayList<>(leave);
        ops.addAll(remove);
        return ops;
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }

    /** The deepest cgroup on the way to the parent that is there, and the names below it that are not. */
    private record Ground(CgroupDir dir, List<String> missing) implements AutoCloseable {
        static Ground of(Hierarchy h, Optional<List<String>> given) {
            CgroupDir dir = CgroupDir.mount(h.mountPoint());
            try {
                if (given.isEmpty()) {
                    return new Ground(into(dir, h.defaultParent()), List.of());
                }
                List<String> names = given.get();
                int there = 0;
                while (there < names.size() && dir.exists(names.get(there))) {
                    dir = into(dir, names.get(there++));
                }
                return new Ground(dir, names.subList(there, names.size()));
            } catch (RuntimeException e) {
                dir.close();
                throw e;
            }
        }

        private static CgroupDir into(CgroupDir dir, String name) {
            CgroupDir child = dir.open(name);
            dir.close();
            return child;
        }

        @Override
        public void close() {
            dir.close();
        }
    }
}
