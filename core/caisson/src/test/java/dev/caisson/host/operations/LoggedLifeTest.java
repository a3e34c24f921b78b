package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the application's own log has of a container: by which loggers, with what context. */
class LoggedLifeTest extends EngineTest {
    @Test
    void loggersAndTheirContext() {
        try (ScenarioProcess jvm = ScenarioProcess.start(LoggedLife.class, directory.resolve("logged").toString(), directory.resolve("logged-run").toString(), root.path().toString())) {
            ScenarioProcess.Outcome outcome = jvm.waitFor(Duration.ofSeconds(120));
            assertEquals(0, outcome.exitStatus(), outcome::toString);
            List<String> ours = outcome.marks().stream().filter(m -> m.contains("|we.b|")).map(m -> m.replaceAll("[0-9a-f]{64}", "ID")).toList();
            assertTrue(ours.contains("INFO dev.caisson.engine|container we.b runs|we.b|ID|"), outcome::toString);
            assertTrue(ours.contains("dev.caisson.container.we_b|hello|we.b|ID|"), outcome::toString);
            assertTrue(ours.stream().anyMatch(m -> m.startsWith("dev.caisson.engine|container we.b has ended: ")), outcome::toString);
            assertEquals(ours.stream().filter(m -> m.startsWith("dev.caisson.container.")).count(), 1, "each line once");
        }
    }
}
