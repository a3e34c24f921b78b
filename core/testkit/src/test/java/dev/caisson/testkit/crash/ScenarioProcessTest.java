package dev.caisson.testkit.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.leak.LeakChecked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("host")
@LeakChecked
class ScenarioProcessTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir Path directory;

    @Test
    @RequiresTool("strace")
    void everyPointIsCounted() {
        List<KillPoint> points = ScenarioProcess.killPoints(Set.of("mkdir", "pivot_root"), LIMIT, DirectoriesScenario.class, directory.toString());
        assertEquals(List.of(1, 2, 3, 4, 5), points.stream().map(KillPoint::ordinal).toList(), points::toString);
        assertEquals(Set.of("mkdir"), new HashSet<>(points.stream().map(KillPoint::syscall).toList()));
    }

    @Test
    @RequiresTool("strace")
    void theJvmDiesBeforeTheCallTakesEffect() {
        try (ScenarioProcess scenario = ScenarioProcess.startKilledAt(new KillPoint("mkdir", 3), DirectoriesScenario.class, directory.toString())) {
            ScenarioProcess.Outcome outcome = scenario.waitFor(LIMIT);
            assertEquals(137, outcome.exitStatus(), outcome::output);
            assertEquals(List.of("own1", "own2"), outcome.marks());
        }
        assertEquals(Set.of("own1", "own2"), made());
    }

    @Test
    @RequiresTool("strace")
    void aChildCanBeTheVictim() {
        try (ScenarioProcess scenario = ScenarioProcess.startKilledAt(new KillPoint("execve", 2), DirectoriesScenario.class, directory.toString())) {
            ScenarioProcess.Outcome outcome = scenario.waitFor(LIMIT);
            assertFalse(outcome.marks().contains("child status 0"), outcome::toString);
            assertTrue(outcome.reached("own5"), outcome::toString);
        }
        assertFalse(made().contains("child2"));
    }

    @Test
    void aRandomKillHitsTheJvmOrAChild() {
        for (RandomKill.Victim victim : List.of(RandomKill.Victim.JVM, RandomKill.Victim.CHILD)) {
            Path below = directory.resolve(victim.name());
            assertTrue(below.toFile().mkdir());
            try (ScenarioProcess scenario = ScenarioProcess.start(DirectoriesScenario.class, below.toString(), "wait")) {
                scenario.awaitMark("waiting", LIMIT);
                ProcessHandle child = scenario.jvm().children().findFirst().orElseThrow();
                RandomKill.Kill kill = RandomKill.kill(scenario, victim, Duration.ofMillis(20), new Random(1));
                assertEquals(victim == RandomKill.Victim.JVM ? scenario.jvm().pid() : child.pid(), kill.pid());
                ScenarioProcess.Outcome outcome = scenario.waitFor(LIMIT);
                assertEquals(victim == RandomKill.Victim.JVM ? 137 : 0, outcome.exitStatus());
                assertEquals(victim == RandomKill.Victim.CHILD, outcome.reached("child ended"));
                child.destroyForcibly();
            }
        }
    }

    @Test
    void aScenarioThatHangsIsEnded() {
        try (ScenarioProcess scenario = ScenarioProcess.start(DirectoriesScenario.class, directory.toString(), "wait")) {
            scenario.awaitMark("waiting", LIMIT);
            assertThrows(AssertionError.class, () -> scenario.waitFor(Duration.ofMillis(50)));
            assertFalse(scenario.jvm().isAlive());
        }
    }

    private Set<String> made() {
        try (var entries = Files.list(directory)) {
            return new TreeSet<>(entries.map(path -> path.getFileName().toString()).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
