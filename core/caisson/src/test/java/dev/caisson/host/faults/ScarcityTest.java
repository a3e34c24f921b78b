package dev.caisson.host.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import dev.caisson.linux.Processes;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Too little of something fails operations with one of the engine's own errors, leaves nothing half made, and is over when there is enough again. Fault F15: memory of the JVM;
 * F16: processes; F18: descriptors; F28: time, as a long pause of the collector takes it.
 */
@Timeout(180)
class ScarcityTest extends EngineTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @BeforeEach
    void shell() {
        root.withShell();
    }

    private String[] arguments(String what) {
        return new String[] {what, directory.resolve("scarce").toString(), directory.resolve("scarce-run").toString(), root.path().toString()};
    }

    private static ScenarioProcess.Outcome ended(ScenarioProcess jvm) {
        ScenarioProcess.Outcome outcome = jvm.waitFor(LIMIT);
        assertTrue(outcome.exitStatus() == 0 && outcome.reached("done"), outcome::toString);
        return outcome;
    }

    /** Fault F16. */
    @Test
    void tooFewProcesses() {
        try (ScenarioProcess jvm = ScenarioProcess.start(Scarcity.class, arguments("processes"))) {
            ScenarioProcess.Outcome outcome = ended(jvm);
            assertTrue(outcome.reached("some were refused"), outcome::toString);
            assertTrue(outcome.output().contains("EAGAIN (11)"), outcome::output);
        }
    }

    /** Fault F18. */
    @Test
    void tooFewDescriptors() {
        try (ScenarioProcess jvm = ScenarioProcess.start(Scarcity.class, arguments("descriptors"))) {
            ScenarioProcess.Outcome outcome = ended(jvm);
            assertTrue(outcome.reached("with room for 2 some were refused"), outcome::toString);
        }
    }

    /** Fault F15. */
    @Test
    void tooLittleMemory() throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx64m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Scarcity.class.getName()));
        command.addAll(List.of(arguments("memory")));
        Process jvm = new ProcessBuilder(command).redirectErrorStream(true).start();
        jvm.getOutputStream().close();
        String output = new String(jvm.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, jvm.waitFor(), output);
        assertTrue(output.contains("mark out of memory") && output.contains("mark done"), output);
        jvm.getInputStream().close();
    }

    /** Fault F28. */
    @Test
    void noTimeAtAll() {
        try (ScenarioProcess jvm = ScenarioProcess.start(Scarcity.class, arguments("time"))) {
            jvm.awaitMark("running", LIMIT);
            int pid = (int) jvm.jvm().pid();
            Processes.kill(pid, 19); // SIGSTOP
            pause(4000);
            Processes.kill(pid, 18); // SIGCONT
            ended(jvm);
        }
    }
}
