package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.Container;
import dev.caisson.Readiness;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images of systemd say {@code STOPSIGNAL SIGRTMIN+3}. */
@Timeout(120)
class StopSignalTest extends EngineTest {
    private static final String PROGRAM = "trap 'exit 5' 37; echo ready; while :; do sleep 0.05; done";

    @Test
    void mayBeOfRealTime() throws IOException {
        root.withShell();
        engine.images().importRootfs(root.tar(directory.resolve("root.tar")), "systemd:1", "STOPSIGNAL SIGRTMIN+3");
        try (Container container = engine.image("systemd:1").command("/bin/sh", "-c", PROGRAM).waitFor(Readiness.log("ready")).run()) {
            assertEquals("SIGRTMIN+3", new ObjectMapper().readTree(container.inspect().json()).at("/Config/StopSignal").asText());
            container.stop();
            assertEquals(5, container.exitStatus().orElseThrow().exitCode());
        }
        try (Container container = tiny().command("/bin/sh", "-c", PROGRAM).stopSignal(Signal.of("RTMIN+3")).waitFor(Readiness.log("ready")).run()) {
            container.commit("again:1");
            container.stop();
            assertEquals(5, container.exitStatus().orElseThrow().exitCode());
        }
        try (Container container = engine.image("again:1").command("/bin/sh", "-c", PROGRAM).waitFor(Readiness.log("ready")).run()) {
            container.stop();
            assertEquals(5, container.exitStatus().orElseThrow().exitCode());
        }
    }
}
