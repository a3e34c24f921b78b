package dev.caisson.core.cgroup;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The cgroups of a running container: measured, frozen, killed. */
public final class ContainerCgroup {
    private static final long FREEZE_NANOS = 5_000_000_000L;
    private static final long PAUSE_NANOS = 1_000_000L;

    private final EngineCgroups engine;
    private final List<Place> own;
    private final Optional<Place> tree;
    private final List<Place> deepestFirst;

    public ContainerCgroup(EngineCgroups engine, CgroupPlan plan) {
        this.engine = engine;
        this.own = plan.places().stream().filter(Place::own).toList();
        this.deepestFirst = new ArrayList<>(plan.made());
        java.util.Collections.reverse(deepestFirst);
        this.tree = own.stream().filter(p -> p.slot().has("cgroup.freeze")).findFirst()
                .or(() -> own.stream().filter(p -> p.slot().has("freezer.state")).findFirst());
    }

    /** What it uses now; what is gone or was not measured is unknown. */
    public CgroupUsage usage() {
        List<Reading> readings = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        for (Place place : own) {
            for (Reading reading : Reading.values()) {
                if (reading.in(place.slot())) {
                    readings.add(reading);
                    contents.add(engine.dir(place.engineSlot()).readIfPresent(place.file(reading.file()))
                            .map(text -> text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).orElse(new byte[0]));
                }
            }
        }
        return CgroupUsage.decode(readings, contents);
    }

    /**
     * Freezes every process of it, those of execs too, and waits until all are.
     *
     * @throws EngineProblem if a process is not frozen within 5 s (it is in an uninterruptible sleep); it is thawed again
     */
    public void pause() {
        Place place = needTree();
        CgroupDir dir = engine.dir(place.engineSlot());
        long end = System.nanoTime() + FREEZE_NANOS;
        do {
            // v1 may stop half way, FREEZING, when processes fork meanwhile, and goes on when it is told again.
            freeze(place, true);
            if (frozen(dir, place)) {
                return;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        } while (System.nanoTime() < end);
        resume();
        throw new EngineProblem(Stage.SUPERVISE, "pause: " + dir.path() + "/" + place.path() + " is not frozen after 5 s",
                "a process in state D (ps -o pid,stat,wchan) waits for the kernel; pause when its I/O is done");
    }

    /** Lets it run on; nothing happens if it is not frozen. */
    public void resume() {
        freeze(needTree(), false);
    }

    /** Whether it is frozen. */
    public boolean paused() {
        return tree.filter(p -> frozen(engine.dir(p.engineSlot()), p)).isPresent();
    }

    /**
     * Kills every process of it, frozen or not, and waits up to 2 s; false if one is left then. Without a PID namespace of its own this is the only
     * way to end it; a process outside this PID namespace is not seen on v1.
     */
    public boolean kill() {
        Place place = needTree();
        try (CgroupDir dir = engine.dir(place.engineSlot()).open(place.path())) {
            return CgroupTree.kill(dir);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.ENODEV)) {
                return true;
            }
            throw e;
        }
    }

    /**
     * For a container whose guard died before it could undo: kills and removes. A v1 FROZEN process holds its SIGKILL until it is thawed, and the
     * guard's own end waits for it.
     */
    public void sweep() {
        if (tree.isPresent()) {
            kill();
        }
        for (Place place : own) {
            CgroupTree.remove(engine.dir(place.engineSlot()), place.path());
        }
        for (Place place : deepestFirst) {
            CgroupTree.removeEmpty(engine.dir(place.engineSlot()), place.path());
        }
    }

    private void freeze(Place place, boolean frozen) {
        boolean unified = place.slot().has("cgroup.freeze");
        engine.dir(place.engineSlot()).write(place.file(unified ? "cgroup.freeze" : "freezer.state"),
                unified ? frozen ? "1" : "0" : frozen ? "FROZEN" : "THAWED");
    }

    private static boolean frozen(CgroupDir dir, Place place) {
        return place.slot().has("cgroup.freeze")
                ? dir.readIfPresent(place.file("cgroup.events")).filter(e -> e.contains("frozen 1")).isPresent()
                : dir.readIfPresent(place.file("freezer.state")).filter(s -> s.strip().equals("FROZEN")).isPresent();
    }

    private Place needTree() {
        return tree.orElseThrow(() -> new dev.caisson.UnsupportedOnThisHost(Stage.SUPERVISE,
                "there is neither a v1 freezer nor a cgroup2 hierarchy that the engine can write", LeftOut.DELEGATE));
    }
}
