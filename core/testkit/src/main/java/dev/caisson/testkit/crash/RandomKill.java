package dev.caisson.testkit.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** SIGKILL from outside, at an instant nobody chose: what strace's slow motion cannot show. */
public final class RandomKill {
    /** Who dies. */
    public enum Victim {
        /** The JVM of the scenario. */
        JVM,
        /** A guard of that JVM, known by the executable; it is the JVM's child, or pid 1's when an exit in between has moved it there. */
        GUARD,
        /** A process below a guard or below the JVM. */
        CHILD
    }

    /** What was killed, and when. */
    public record Kill(Victim victim, long pid, Duration after) {}

    private RandomKill() {}

    /**
     * Waits a uniformly random time up to {@code within}, then kills a random victim of that kind.
     *
     * @return the kill; its pid is 0 when there was no such process at that instant
     */
    public static Kill kill(ScenarioProcess scenario, Victim victim, Duration within, Random random) {
        Duration after = Duration.ofMillis(random.nextInt((int) within.toMillis() + 1));
        ScenarioProcess.pause(after.toMillis());
        List<ProcessHandle> candidates = candidates(scenario, victim);
        if (candidates.isEmpty()) {
            return new Kill(victim, 0, after);
        }
        ProcessHandle chosen = candidates.get(random.nextInt(candidates.size()));
        chosen.destroyForcibly();
        return new Kill(victim, chosen.pid(), after);
    }

    /** The processes of that kind that belong to the scenario now; guards of before it started are not its. */
    static List<ProcessHandle> candidates(ScenarioProcess scenario, Victim victim) {
        ProcessHandle jvm = scenario.jvm();
        return switch (victim) {
            case JVM -> Stream.of(jvm).filter(ProcessHandle::isAlive).toList();
            case GUARD -> guards(jvm).toList();
            case CHILD -> Stream.concat(jvm.descendants(), guards(jvm).flatMap(ProcessHandle::descendants)).distinct().toList();
        };
    }

    private static Stream<ProcessHandle> guards(ProcessHandle jvm) {
        return ProcessHandle.allProcesses().filter(RandomKill::isGuard).filter(guard -> !startedBefore(guard, jvm))
                .filter(guard -> guard.parent().map(parent -> parent.pid() == 1 || parent.equals(jvm)).orElse(true));
    }

    private static boolean startedBefore(ProcessHandle process, ProcessHandle other) {
        return process.info().startInstant().flatMap(start -> other.info().startInstant().map(start::isBefore)).orElse(false);
    }

    private static boolean isGuard(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/exe")).toString().startsWith("/memfd:caisson-guard");
        } catch (IOException gone) {
            return false;
        }
    }
}
