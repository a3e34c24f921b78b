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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's own directory, {@code caisson-<engine id>}, in each cgroup hierarchy: containers go below it, the guard names nothing outside it.
 *
 * <p>Hierarchies where it cannot be made are {@linkplain #leftOut() left out} with cause and remedy. Closing removes what was made, and only that.
 */
public final class EngineCgroups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    static final String PREFIX = "caisson-";
    private static final List<String> CPUSET = List.of("cpuset.cpus", "cpuset.mems");
    /** Of a line of {@link #identities}: what the container is in, and what leads there. */
    private static final String LEAF = "container";
    private static final String LEADS_THERE = "parent";

    private final List<EngineCgroup> made;
    private final List<LeftOut> leftOut;
    private final int firstSlot;
    private final List<Fd> descriptors;
    private boolean inherited;
    private volatile @Nullable CgroupSlots slots;
    /** The mounts themselves, opened when a container is to be outside the engine's directories. */
    private final List<CgroupDir> tops = new ArrayList<>();
    /** What leads to cgroups outside and was made for a container of this engine: its identity, by hierarchy and path. */
    private final Map<String, String> ours = new java.util.concurrent.ConcurrentHashMap<>();

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
        closeTops();
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
                all.add(new CgroupSlots.Slot(cgroup.hierarchy(), firstSlot + all.size(), cgroup.files(), firstTop() + all.size(), cgroup.parent()));
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

    /** What is behind a slot of {@link #slots()}. */
    CgroupDir dir(int slot) {
        return slot < firstTop() ? made.get(slot - firstSlot).dir() : top(slot - firstTop());
    }

    /** The engine slot of the first of {@link #handles()}. */
    public int firstTop() {
        return firstSlot + made.size();
    }

    /** The mounts, open for the guard, in the order of the engine slots from {@link #firstTop()} on; the caller's. */
    public List<Fd> handles() {
        List<Fd> handles = new ArrayList<>();
        for (int i = 0; i < made.size(); i++) {
            handles.add(top(i).handle());
        }
        return handles;
    }

    /** What a container with a given place made for itself, as lines for {@link #sweepOutside}; the deepest first. */
    public List<String> identities(CgroupPlan plan) {
        List<String> lines = new ArrayList<>();
        plan.places().stream().filter(p -> p.engineSlot() >= firstTop()).forEach(p -> identity(p, LEAF, lines));
        List<Place> above = new ArrayList<>(plan.made());
        Collections.reverse(above);
        above.forEach(p -> identity(p, LEADS_THERE, lines).ifPresent(id -> ours.put(key(p.slot().hierarchy(), p.path()), id)));
        return lines;
    }

    private static String key(Hierarchy h, String path) {
        return h.label() + "|" + path;
    }

    private Optional<String> identity(Place place, String what, List<String> lines) {
        Optional<String> identity = dir(place.engineSlot()).identity(place.path());
        identity.ifPresent(id -> lines.add(place.slot().hierarchy().label() + "|" + id + "|" + what + "|" + place.path()));
        return identity;
    }

    /** Removes what is still there of that, and still the same, and empty: a cgroup of that name that was made since is somebody's. */
    public static void sweepOutside(CgroupLayout layout, List<String> lines) {
        for (String line : lines) {
            String[] parts = line.split("\\|", 4);
            Optional<Hierarchy> in = layout.hierarchies().stream().filter(h -> parts.length == 4 && h.label().equals(parts[0])).findFirst();
            if (in.isPresent()) {
                try (CgroupDir top = CgroupDir.mount(in.get().mountPoint())) {
                    if (top.identity(parts[3]).filter(parts[1]::equals).isEmpty()) {
                        continue;
                    }
                    if (parts[2].equals(LEAF)) {
                        CgroupTree.remove(top, parts[3]); // with those of its executions
                    } else {
                        CgroupTree.removeEmpty(top, parts[3]);
                    }
                } catch (SyscallException e) {
                    LOG.warn("sweeping the cgroup {}: {}", line, e.getMessage()); // somebody is inside
                }
            }
        }
    }

    private synchronized CgroupDir top(int index) {
        if (tops.isEmpty()) {
            made.forEach(m -> tops.add(CgroupDir.mount(m.hierarchy().mountPoint())));
        }
        return tops.get(index);
    }

    private synchronized void closeTops() {
        tops.forEach(CgroupDir::close);
        tops.clear();
    }

    /** Where a container is to be, as things are now. @param names components of its path */
    public GivenPlace given(boolean absolute, List<String> names) {
        GivenPlace place = new GivenPlace(absolute, names, Map.of(), Map.of(), List.of());
        Map<String, List<String>> missing = new HashMap<>();
        Map<String, String> cpuset = new LinkedHashMap<>();
        List<String> empty = new ArrayList<>();
        for (CgroupSlots.Slot slot : slots().slots()) {
            CgroupDir top = dir(slot.top());
            List<String> above = GivenPlace.above(place.path(slot));
            missing.put(slot.hierarchy().label(), above.stream().filter(path -> top.identity(path).filter(id -> !id.equals(ours.get(key(slot.hierarchy(), path)))).isEmpty()).toList());
            if (slot.controls("cpuset")) {
                CPUSET.forEach(file -> top.readIfPresent(file).map(String::strip).ifPresent(v -> cpuset.put(file, v)));
                for (String path : above) {
                    Map<String, String> own = new LinkedHashMap<>();
                    CPUSET.forEach(file -> top.readIfPresent(path + "/" + file).map(String::strip).filter(v -> !v.isEmpty()).ifPresent(v -> own.put(file, v)));
                    cpuset.putAll(own);
                    if (own.size() < CPUSET.size()) {
                        empty.add(path);
                    }
                }
            }
        }
        return new GivenPlace(absolute, names, missing, cpuset, empty);
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
        closeTops();
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
