package dev.caisson.core.engine;

import dev.caisson.ContainerException;
import dev.caisson.Event;
import dev.caisson.LaunchFailed;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;

/** Runs the stages of one container: times each, tells the listeners, and makes every failure name its stage. */
final class StageClock {
    private final String subject;
    private final List<Consumer<Event>> listeners;
    private final Map<Stage, Duration> timings = new EnumMap<>(Stage.class);

    StageClock(String subject, List<Consumer<Event>> listeners) {
        this.subject = subject;
        this.listeners = listeners;
    }

    /** @param trying what the stage is about, for "could not …" */
    <T> T run(Stage stage, String trying, Supplier<T> step) {
        long from = System.nanoTime();
        try {
            return step.get();
        } catch (ContainerException e) {
            throw e;
        } catch (SyscallException e) {
            throw failure(stage, trying, e);
        } finally {
            record(stage, System.nanoTime() - from);
        }
    }

    void run(Stage stage, String trying, Runnable step) {
        run(stage, trying, () -> {
            step.run();
            return null;
        });
    }

    synchronized void record(Stage stage, long nanos) {
        if (FlightRecorder.isInitialized()) {
            StageEvent.record(subject, stage, nanos);
        }
        Duration took = Duration.ofNanos(nanos);
        timings.merge(stage, took, Duration::plus);
        if (!listeners.isEmpty()) {
            Event event = new Event(Instant.now(), subject, stage, took, "");
            listeners.forEach(l -> l.accept(event));
        }
    }

    synchronized Map<Stage, Duration> timings() {
        return Map.copyOf(timings);
    }

    /** @param trying what could not be done */
    static ContainerException failure(Stage stage, String trying, SyscallException e) {
        String what = "could not " + trying + ": " + e.getMessage();
        String remedy = switch (e.errno()) {
            case Errno.EPERM, Errno.EACCES -> "the engine needs root, or of an ordinary user's host what Containers.check() says is missing";
            case Errno.ENOSPC, Errno.EDQUOT -> "free space or inodes on that file system, or use another Engine.builder().root(…)";
            case Errno.EMFILE, Errno.ENFILE -> "raise the limit of open files (ulimit -n) or run fewer containers at once";
            case Errno.EPIPE -> e.call().equals("worker") ? "try again" : "";
            case Errno.ELOOP -> stage == Stage.ROOTFS && e.call().startsWith("fsconfig")
                    ? "the engine's own files lie within this root file system: give Engine.builder().root(…) a place outside, or use hostRoot() for the host's root" : "";
            case Errno.ENOSYS -> "a newer kernel; Containers.check() says which calls are missing";
            case Errno.EINVAL, Errno.EOPNOTSUPP -> stage == Stage.ROOTFS && e.call().equals("fsconfig") ? "what a container writes cannot lie on every file system, such as another overlay or NFS: put "
                    + "the engine's root on ext4, xfs, btrfs or tmpfs by Engine.builder().root(…) or CAISSON_ROOT, in a container e.g. on a volume" : "";
            default -> "";
        };
        return switch (stage) {
            case NETWORK -> new NetworkProblem(stage, what, remedy, e);
            case SPAWN, EXEC, READY, PLAN, SPEC, LOGS, SUPERVISE, VALIDATE -> new LaunchFailed(stage, what, remedy, e.errno(), 125, e);
            default -> new StorageProblem(stage, what, remedy, e);
        };
    }
}
