package dev.caisson.core.cgroup;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The engine's own directory, {@code caisson-<engine id>}, in each cgroup hierarchy: containers go below it, the guard names nothing outside it.
 *
 * <p>Hierarchies where it cannot be made are {@linkplain #leftOut() left out} with cause and remedy. Closing removes what was made, and only that.
 */
public final class EngineCgroups implements AutoCloseable {
    static final String PREFIX = "caisson-";

    private final List<EngineCgroup> made;
    private final List<LeftOut> leftOut;
    private final int firstSlot;
    private final List<Fd> descriptors;
    private boolean inherited;
    private volatile @Nullable CgroupSlots slots;

    private EngineCgroups(List<EngineCgroup> made, List<LeftOut> leftOut, int firstSlot) {
        this.made = made;
        this.leftOut = leftOut;
        this.firstSlot = firstSlot;
        this.descriptors = made.stream().map(EngineCgroup::dir).map(CgroupDir::handle).toList();
    }

    /**
     * Makes the directories.
     *
     * @param engineId unique on this machine
     * @param cgroupParent as {@code Engine.builder().cgroupParent(…)}: relative to each mount, made where it is missing; default below the JVM's own
     *        cgroup (v1) and beside it (v2)
     * @param firstSlot the engine slot of the first of {@link #descriptors()}
     * @throws IllegalArgumentException for a parent with a component {@code ..}, {@code .} or an empty one
     */
    public static EngineCgroups open(CgroupLayout layout, String engineId, Optional<String> cgroupParent, int firstSlot) {
        Optional<List<String>> parent = cgroupParent.map(CgroupParent::components);
        List<EngineCgroup> made = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>(layout.leftOut());
        boolean v1Devices = false;
        for (Hierarchy h : layout.hierarchies()) {
            try {
                EngineCgroup cgroup = EngineCgroup.make(h, parent, PREFIX + engineId, !v1Devices, leftOut);
                v1Devices |= cgroup.guardsDevices();
                made.add(cgroup);
            } catch (SyscallException e) {
                leftOut.add(new LeftOut(h.label(), e.getMessage(), remedy(h, e)));
            }
        }
        return new EngineCgroups(made, leftOut, firstSlot);
    }

    /**
     * Those of an engine that has left them to its guard.
     *
     * @param written as {@link #written()} gave it
     * @throws IllegalArgumentException if this host has other hierarchies
     */
    public static EngineCgroups existing(CgroupLayout layout, String engineId, List<String> written) {
        List<EngineCgroup> found = new ArrayList<>();
        int firstSlot = written.isEmpty() ? 0 : Integer.parseInt(written.get(0));
        for (String each : written.subList(Math.min(1, written.size()), written.size())) {
            Hierarchy h = layout.hierarchies().stream().filter(l -> each.startsWith(l.label() + "|")).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no hierarchy for '" + each + "'"));
            found.add(EngineCgroup.existing(h, PREFIX + engineId, each));
        }
        EngineCgroups all = new EngineCgroups(found, new ArrayList<>(layout.leftOut()), firstSlot);
        all.inherited = true;
        return all;
    }

    /** For {@link #existing}. */
    public List<String> written() {
        return Stream.concat(Stream.of(Integer.toString(firstSlot)), made.stream().map(EngineCgroup::written)).toList();
    }

    /** Closes everything, and leaves the directories to the guard. */
    public void leave() {
        descriptors.forEach(Fd::close);
        made.forEach(m -> m.dir().close());
        made.clear();
    }

    /** @throws IllegalArgumentException as {@link #open} */
    public static void checkParent(String cgroupParent) {
        CgroupParent.components(cgroupParent);
    }

    private static String remedy(Hierarchy h, SyscallException e) {
        if (h.readOnly() || e.is(Errno.EROFS)) {
            return "mount " + h.mountPoint() + " read-write (in a container: give it a writable cgroup mount), or remount it: mount -o remount,rw " + h.mountPoint();
        }
        return e.is(Errno.EACCES, Errno.EPERM) ? LeftOut.DELEGATE : "";
    }

    /** What the guard gets, open with O_PATH, in the order of the engine slots. They stay this object's. */
    public List<Fd> descriptors() {
        return descriptors;
    }

    /** What plans need to know; made once, since it is asked for at every start. */
    public CgroupSlots slots() {
        CgroupSlots known = slots;
        if (known == null) {
            List<CgroupSlots.Slot> all = new ArrayList<>();
            for (EngineCgroup cgroup : made) {
                all.add(new CgroupSlots.Slot(cgroup.hierarchy(), firstSlot + all.size(), cgroup.files()));
            }
            boolean unifiedDevices = made.stream().anyMatch(m -> m.hierarchy().unified() && m.guardsDevices());
            known = new CgroupSlots(all, inherited, unifiedDevices, leftOut);
            slots = known;
        }
        return known;
    }

    /** What containers cannot use here. */
    public List<LeftOut> leftOut() {
        return Collections.unmodifiableList(leftOut);
    }

    /** The engine's cgroup in a hierarchy, for messages and tests: an absolute path. */
    List<String> paths() {
        return made.stream().map(m -> m.dir().path()).toList();
    }

    /** Writes into a file of a container's, as an operation of its plan would. */
    public void write(int slot, String file, String text) {
        dir(slot).write(file, text);
    }

    /** The engine's directory behind a slot of {@link #slots()}. */
    /** Sends a signal to every process in a cgroup and below it but one; KILL to all, until none is left, for up to 2 s. Nothing if there is no such cgroup any more. */
    public void signal(int slot, String path, int signal, int but) {
        try (CgroupDir dir = dir(slot).open(path)) {
            if (signal == CgroupTree.SIGKILL) {
                CgroupTree.kill(dir);
            } else {
                CgroupTree.signalAll(dir, signal, but);
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT, Errno.ENODEV)) {
                throw e;
            }
        }
    }

    CgroupDir dir(int slot) {
        return made.get(slot - firstSlot).dir();
    }

    /**
     * Moves the guard into the default cgroup of every v1 hierarchy: its children inherit them at no cost, and are under the engine's cgroup from
     * their first instruction. On v2 it stays with the JVM: with the service it serves, and where the no-internal-process rule does not bite.
     */
    public void adopt(int guardPid) {
        for (EngineCgroup cgroup : made) {
            if (!cgroup.hierarchy().unified()) {
                try (CgroupDir shared = cgroup.dir().open(CgroupSlots.DEFAULT)) {
                    shared.write("cgroup.procs", Integer.toString(guardPid));
                }
            }
        }
        inherited = true;
        slots = null;
    }

    /**
     * Kills and removes what engines left that died together with their guard.
     *
     * @param cgroupParent as in {@link #open}
     * @param dead whether the engine of an id is known to be dead (its lock is free)
     * @return what was removed
     * @throws IllegalArgumentException as {@link #open}
     */
    public static List<String> sweep(CgroupLayout layout, Optional<String> cgroupParent, Predicate<String> dead) {
        Optional<String> given = cgroupParent.map(CgroupParent::components).map(names -> String.join("/", names));
        List<String> swept = new ArrayList<>();
        for (Hierarchy h : layout.hierarchies()) {
            try (CgroupDir mount = CgroupDir.mount(h.mountPoint()); CgroupDir parent = mount.open(given.orElseGet(h::defaultParent))) {
                for (String name : parent.children()) {
                    if (name.startsWith(PREFIX) && dead.test(name.substring(PREFIX.length()))) {
                        sweep(parent, name);
                        swept.add(parent.path() + "/" + name);
                    }
                }
            } catch (SyscallException e) {
                // No such parent, or none that may be written: then nothing was made there.
                if (!e.is(Errno.ENOENT, Errno.EACCES, Errno.EPERM, Errno.EROFS)) {
                    throw e;
                }
            }
        }
        return swept;
    }

    private static void sweep(CgroupDir parent, String name) {
        try (CgroupDir dir = parent.open(name)) {
            CgroupTree.kill(dir);
        } catch (SyscallException e) {
            // Another engine is sweeping too.
            if (!e.is(Errno.ENOENT, Errno.ENODEV)) {
                throw e;
            }
        }
        CgroupTree.remove(parent, name);
    }

    /** Removes the directories. Containers and guard must have ended. */
    @Override
    public void close() {
        List<SyscallException> failures = new ArrayList<>();
        descriptors.forEach(Fd::close);
        for (EngineCgroup cgroup : made) {
            try {
                cgroup.remove();
            } catch (SyscallException e) {
                failures.add(e);
            }
        }
        made.clear();
        if (!failures.isEmpty()) {
            EngineProblem problem = new EngineProblem(Stage.SUPERVISE, "could not remove the engine's cgroups: " + failures.get(0).getMessage(),
                    "end the processes listed in its cgroup.procs; the next engine sweeps the rest", failures.get(0));
            failures.stream().skip(1).forEach(problem::addSuppressed);
            throw problem;
        }
    }
}
