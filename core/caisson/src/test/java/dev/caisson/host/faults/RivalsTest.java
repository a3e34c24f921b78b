package dev.caisson.host.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Fault F23: several JVMs at one root, some of which are killed. */
@Timeout(180)
class RivalsTest extends EngineTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROUNDS = 8;
    private Path home;

    @BeforeEach
    void shell() {
        root.withShell();
        home = directory.resolve("home");
    }

    private Engine open() {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build();
    }

    private ScenarioProcess rival(String what) {
        return ScenarioProcess.start(Rivals.class, what, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString());
    }

    @Test
    void aNameIsOnesAloneWhoeverIsKilled() {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(RivalsTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        Random random = new Random(seed);
        List<ScenarioProcess> rivals = new ArrayList<>();
        long had = 0;
        try {
            for (int i = 0; i < 3; i++) {
                rivals.add(rival("names"));
            }
            for (int round = 0; round < ROUNDS; round++) {
                long before = hadBy(rivals);
                eventually("one of them has a name", LIMIT, () -> hadBy(rivals) > before);
                pause(random.nextInt(1000));
                int victim = random.nextInt(rivals.size());
                ScenarioProcess killed = rivals.get(victim);
                killed.jvm().destroyForcibly();
                ScenarioProcess.Outcome outcome = killed.waitFor(LIMIT);
                killed.close();
                assertTrue(outcome.marks().stream().noneMatch(m -> m.startsWith("two")), outcome::toString);
                had += had(outcome.marks());
                rivals.set(victim, rival("names"));
            }
        } finally {
            for (ScenarioProcess rival : rivals) {
                rival.close();
                assertTrue(rival.marks().stream().noneMatch(m -> m.startsWith("two")), () -> rival.marks().toString());
                had += had(rival.marks());
            }
        }
        assertTrue(had >= ROUNDS, "they did something: " + had);
        eventually("the guards of the dead have ended, and the next engine sweeps what they left", LIMIT, () -> {
            try (Engine next = open()) {
                return home.resolve("engine/names").toFile().list().length == 0 && home.resolve("engine/engines").toFile().list().length == 1;
            }
        });
        try (Engine next = open()) {
            for (int i = 0; i < 3; i++) {
                next.rootfs(root.path()).name("name-" + i).command("/bin/true").execute();
            }
        }
    }

    private static long had(List<String> marks) {
        return marks.stream().filter("had one"::equals).count();
    }

    private static long hadBy(List<ScenarioProcess> rivals) {
        long all = 0;
        for (ScenarioProcess rival : rivals) {
            all += had(rival.marks());
        }
        return all;
    }

    /** Two JVMs want to stop one detached container: one does. */
    @Test
    void oneOfTwoStopsIt() {
        for (int round = 0; round < 3; round++) {
            try (ScenarioProcess first = rival("detach")) {
                first.awaitMark("detached", LIMIT);
                first.waitFor(LIMIT);
            }
            try (ScenarioProcess one = rival("stop"); ScenarioProcess other = rival("stop")) {
                List<String> marks = new ArrayList<>(one.waitFor(LIMIT).marks());
                marks.addAll(other.waitFor(LIMIT).marks());
                assertEquals(1, marks.stream().filter("stopped EXITED"::equals).count(), marks::toString);
                assertEquals(2, marks.stream().filter("done"::equals).count(), marks::toString);
            }
            try (Engine next = open()) {
                assertTrue(next.containers().isEmpty());
                eventually("the guard's engine is swept", Duration.ofSeconds(30), () -> home.resolve("engine/engines").toFile().list().length == 1);
            }
        }
    }
}
