package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host's interface that had addresses and was down is as it was afterwards, too. */
@Timeout(180)
class InterfaceThatWasDownTest extends NetworkTest {
    private Wire wire;
    private String before;

    @BeforeEach
    void wire() throws IOException {
        wire = new Wire();
        output("ip", "link", "set", "wire0", "down");
        before = state();
        assertTrue(before.contains(Wire.HERE + "/24") && before.contains("state DOWN"), before);
    }

    @AfterEach
    void unplug() {
        wire.close();
    }

    private static String state() {
        return output("sh", "-c", "ip -o link show wire0 2>/dev/null | grep -o 'state [A-Z]*'; ip -o -4 addr show dev wire0 2>/dev/null | sed 's/\\\\.*//'");
    }

    @Test
    void afterItsContainer() {
        try (Container web = web().hostInterface("wire0").run()) {
            assertEquals("", state(), "the host has it no more");
            assertEquals(Wire.HERE, web.ipAddress());
        }
        eventually(() -> "it is back as it was, is " + state(), PATIENCE, () -> state().equals(before));
    }

    @Test
    void afterAKilledJvm() {
        try (ScenarioProcess jvm = ScenarioProcess.start(InterfaceScenario.class, directory.resolve("home").toString(), directory.resolve("run2").toString(), root.path().toString(), "runs", "wire0")) {
            jvm.awaitMark("ready", Duration.ofSeconds(60));
            jvm.jvm().destroyForcibly();
            eventually(() -> "it is back as it was, is " + state(), PATIENCE, () -> state().equals(before));
        }
    }
}
