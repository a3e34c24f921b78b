package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.EngineProblem;
import dev.caisson.Event;
import dev.caisson.LaunchFailed;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StageClockTest {
    private final List<Event> events = new ArrayList<>();
    private final StageClock clock = new StageClock("c7", List.of(events::add));

    private static ContainerException failure(Stage stage, int errno) {
        return assertThrows(ContainerException.class, () -> new StageClock("c7", List.of()).run(stage, "open the store", () -> {
            throw new SyscallException("openat", "/x", errno);
        }));
    }

    /** In a JVM of its own, as a class is loaded once. */
    static final class Alone {
        public static void main(String[] args) {
            new StageClock("c7", List.of()).record(Stage.PLAN, 1);
            System.out.println("recorded");
        }
    }

    @Test
    void whileNothingRecordsTheJdkHasNoEventToMake() throws Exception {
        Process jvm = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-Xlog:class+load", "-cp", System.getProperty("java.class.path"), Alone.class.getName())
                .redirectErrorStream(true).start();
        String said = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, jvm.waitFor(), said);
        assertTrue(said.contains("recorded"), said);
        assertFalse(said.contains(StageEvent.class.getName()), said);
    }

    @Test
    void eachStageIsTimedAndTold() {
        assertEquals(5, clock.<Integer>run(Stage.RESOLVE, "resolve", () -> 5));
        clock.run(Stage.PLAN, "plan", () -> { });
        clock.record(Stage.PLAN, 1_000_000_000);
        assertEquals(List.of(Stage.RESOLVE, Stage.PLAN, Stage.PLAN), events.stream().map(Event::stage).toList());
        assertEquals(Set.of("c7"), Set.copyOf(events.stream().map(Event::subject).toList()));
        assertEquals(Set.of(Stage.RESOLVE, Stage.PLAN), clock.timings().keySet());
        Duration plan = clock.timings().get(Stage.PLAN);
        assertTrue(plan.compareTo(Duration.ofSeconds(1)) >= 0 && plan.compareTo(Duration.ofSeconds(2)) < 0, "times of one stage add up");
        assertFalse(clock.timings().get(Stage.RESOLVE).isNegative());
    }

    @Test
    void aStageThatFailsIsTimedToo() {
        EngineProblem problem = new EngineProblem(Stage.ROOTFS, "what", "remedy");
        assertSame(problem, assertThrows(EngineProblem.class, () -> clock.run(Stage.ROOTFS, "mount", () -> {
            throw problem;
        })));
        assertThrows(IllegalStateException.class, () -> clock.run(Stage.LOGS, "open", () -> {
            throw new IllegalStateException("a bug is not dressed up");
        }));
        assertEquals(Set.of(Stage.ROOTFS, Stage.LOGS), clock.timings().keySet());
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void aSystemCallThatFailsNamesItsStage(Stage stage) {
        ContainerException e = failure(stage, Errno.EIO);
        assertEquals(stage, e.stage());
        assertTrue(e.what().startsWith("could not open the store: ") && e.what().contains("openat") && e.what().contains("/x") && e.what().contains("EIO (5)"), e::what);
        assertInstanceOf(SyscallException.class, e.getCause());
        Map<Stage, Class<?>> types = new EnumMap<>(Map.of(Stage.NETWORK, NetworkProblem.class, Stage.RESOLVE, StorageProblem.class, Stage.PULL, StorageProblem.class,
                Stage.UNPACK, StorageProblem.class, Stage.ROOTFS, StorageProblem.class, Stage.PUSH, StorageProblem.class));
        assertEquals(types.getOrDefault(stage, LaunchFailed.class), e.getClass());
        if (e instanceof LaunchFailed failed) {
            assertEquals(List.of(Errno.EIO, 125), List.of(failed.errno(), failed.exitCode()));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,needs root", "13,needs root", "28,free space or inodes", "122,free space or inodes", "24,ulimit -n", "23,ulimit -n", "38,a newer kernel"})
    void remedies(int errno, String remedy) {
        assertTrue(failure(Stage.ROOTFS, errno).remedy().contains(remedy), () -> failure(Stage.ROOTFS, errno).remedy());
    }

    @Test
    void noRemedyIsMadeUp() {
        assertEquals("", failure(Stage.ROOTFS, Errno.EIO).remedy());
    }
}
