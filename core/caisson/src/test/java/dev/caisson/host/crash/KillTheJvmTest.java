package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.host.EngineTest;
import dev.caisson.testkit.crash.RandomKill;
import dev.caisson.testkit.crash.RandomKill.Victim;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.leak.LeakCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** {@code kill -9} at real speed. Everything that is not on disk is gone within two seconds, by the guard's hand; the disk is the next engine's. */
@Timeout(180)
class KillTheJvmTest extends CrashTest {
    private static final int BATCHES = 10;
    private static final int JVMS = 5;
    private static final int PARENTS = 4;
    private static final Duration START = Duration.ofSeconds(90);

    /** Starts of all kinds are under way in five JVMs at a time. */
    @Test
    void atFiftyRandomInstantsOfStarts() {
        Random random = seeded();
        for (int batch = 0; batch < BATCHES; batch++) {
            boolean opening = batch % 4 == 3;
            LeakCheck outside = outside();
            List<ScenarioProcess> jvms = new ArrayList<>();
            try {
                for (int i = 0; i < JVMS; i++) {
                    jvms.add(start(CrashScenario.STARTS, home(batch, i)));
                }
                for (ScenarioProcess jvm : jvms) {
                    jvm.awaitMark(opening ? "open" : "started", START);
                    RandomKill.Kill kill = RandomKill.kill(jvm, Victim.JVM, Duration.ofMillis(150), random);
                    assertEquals(jvm.jvm().pid(), kill.pid(), () -> "it ended before:\n" + jvm.waitFor(START).output());
                }
                outside.assertNothingLeftAsPromised();
            } finally {
                jvms.forEach(ScenarioProcess::close);
            }
            for (int i = 0; i < JVMS; i++) {
                assertNextEngineSweeps(home(batch, i));
            }
            outside.assertNothingLeftAsPromised();
        }
    }

    /** Where a parent is given that is not there, the engine makes that, too. */
    @Test
    void whileItMakesTheParentOfItsCgroups() {
        Random random = seeded();
        LeakCheck outside = outside();
        for (int i = 0; i < PARENTS; i++) {
            try (ScenarioProcess jvm = start(CrashScenario.PARENT, directory.resolve("home-" + i))) {
                jvm.awaitMark("open", START);
                RandomKill.kill(jvm, Victim.JVM, Duration.ofMillis(300), random);
                outside.assertNothingLeftAsPromised();
            }
        }
    }

    private static Random seeded() {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(KillTheJvmTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        return new Random(seed);
    }

    private Path home(int batch, int number) {
        return directory.resolve("home-" + batch + "-" + number);
    }

    @Test
    void whileContainersRunLimitedAndPaused() {
        Path home = directory.resolve("home");
        LeakCheck outside = outside();
        try (ScenarioProcess jvm = start(CrashScenario.STAYING, home)) {
            jvm.awaitMark("running", START);
            jvm.jvm().destroyForcibly();
            outside.assertNothingLeftAsPromised();
        }
        assertNextEngineSweeps(home);
    }

    /** With the guard dead too, a frozen process and the cgroups wait for the next engine; nothing else does. */
    @Test
    void togetherWithItsGuard() {
        Path home = directory.resolve("home");
        LeakCheck outside = outside();
        try (ScenarioProcess jvm = start(CrashScenario.STAYING, home)) {
            jvm.awaitMark("running", START);
            ProcessHandle guard = Guards.of(jvm.jvm().pid());
            Guards.signal(guard.pid(), 19); // stopped, it cannot see the JVM die
            jvm.jvm().destroyForcibly();
            jvm.waitFor(START);
            guard.destroyForcibly();
            EngineTest.eventually("the guard keeps its lock", START, () -> unlocked(home)); // its end waits for the frozen one
        }
        assertNextEngineSweeps(home);
        outside.assertNothingLeft();
    }

    /** Whether the only engine that there was is dead for the next one. */
    private static boolean unlocked(Path home) {
        Path engines = home.resolve("engine/engines");
        try (FileChannel file = FileChannel.open(engines.resolve(entries(engines).get(0)).resolve("engine.lock"), StandardOpenOption.WRITE); FileLock lock = file.tryLock()) {
            return lock != null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing below a guard outside its PID namespace ends with it: it is killed by cgroup. */
    @Test
    void whileAContainerIsInTheHostsPidNamespace() {
        Path home = directory.resolve("home");
        LeakCheck outside = outside();
        try (ScenarioProcess jvm = start(CrashScenario.HOST_PIDS, home)) {
            jvm.awaitMark("running", START);
            jvm.jvm().destroyForcibly();
            outside.assertNothingLeft();
        }
        assertNextEngineSweeps(home);
    }

    /** The first guard kills what the second cannot any more; cgroup v2 alone lets it. */
    @Test
    void togetherWithTheGuardOfThatContainer() {
        Path home = directory.resolve("home");
        LeakCheck outside = outside();
        try (ScenarioProcess jvm = start(CrashScenario.HOST_PIDS, home)) {
            jvm.awaitMark("running", START);
            long second = Guards.outside(jvm.jvm().pid());
            Guards.signal(second, 19); // stopped, it cannot see the JVM die
            jvm.jvm().destroyForcibly();
            Guards.signal(second, 9);
            outside.assertNothingLeft();
        }
        assertNextEngineSweeps(home);
    }
}
