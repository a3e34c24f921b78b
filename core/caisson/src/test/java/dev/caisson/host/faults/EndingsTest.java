package dev.caisson.host.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fault F26: however a JVM ends, bound containers end with it, and callbacks of the application's may do what they like. Fault F8: what it held locked the next engine has at once.
 */
@Timeout(180)
class EndingsTest extends EngineTest {
    @ParameterizedTest
    @ValueSource(strings = {"halt", "exit", "exit in a callback", "a container closed by a hook of the application's", "removed in a callback", "an error nobody catches"})
    void nothingIsLeft(String how) {
        LeakCheck outside = LeakCheck.watching().ignoring(Set.of(Resource.DESCRIPTORS, Resource.THREADS, Resource.STATE_FILES)).begin();
        Path home = directory.resolve("home");
        try (ScenarioProcess jvm = ScenarioProcess.start(Endings.class, how, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString())) {
            jvm.awaitMark("ending", Duration.ofSeconds(120)); // what it takes to begin is the machine's
            long before = System.nanoTime();
            ScenarioProcess.Outcome outcome = jvm.waitFor(Duration.ofSeconds(120));
            assertEquals(3, outcome.exitStatus(), outcome::toString);
            assertTrue(System.nanoTime() - before < Duration.ofSeconds(20).toNanos(), () -> "it took long to end: " + outcome);
        }
        outside.assertNothingLeft();
        long before = System.nanoTime();
        try (Engine next = Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build()) {
            assertEquals(0, next.rootfs(root.path()).name("stays").command("/bin/true").execute().exitCode());
            next.volumes().create("data");
            next.volumes().remove("data");
        }
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(20).toNanos(), "nobody waits for a lock of a dead one");
    }
}
