package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant 15, row 80: a start that fails at any stage leaves nothing open and nothing on disk (the leak check looks), and its name is free again. */
class FailedStartTest extends EngineTest {
    @ParameterizedTest
    @ValueSource(strings = {"user", "mounts", "workdir", "program", "log", "device"})
    void leavesNothing(String what) throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThrows(ContainerException.class, () -> wrong(what).run().close());
        }
        Path containers = directory.resolve("engine/engines");
        try (Stream<Path> left = Files.find(containers, 3, (p, a) -> p.getParent().endsWith("containers"))) {
            assertEquals(0, left.count());
        }
        try (Container container = tiny().name("same").logDriver("none", Map.of()).command("/bin/tiny-true").run()) { // the control
            assertEquals(0, container.waitForExit(Duration.ofSeconds(60)).exitCode());
        }
    }

    private ContainerBuilder wrong(String what) {
        ContainerBuilder builder = tiny().name("same").command("/bin/tiny-true");
        return switch (what) {
            case "user" -> builder.user("nobody-here");
            case "mounts" -> {
                for (int i = 0; i < 230; i++) {
                    builder.tmpfs("/t/" + i);
                }
                yield builder;
            }
            case "workdir" -> builder.workdir("/proc/self/fd/9");
            case "program" -> builder.command("/bin/missing");
            case "log" -> builder.logDriver("json-file", Map.of("max-size", "x"));
            default -> builder.device("/dev/missing");
        };
    }

    /** A container that fails does not take its neighbours along. */
    @Test
    void theOthersGoOn() {
        try (Container container = tiny().logDriver("none", Map.of()).command("/bin/sleep", "100").run()) {
            assertThrows(ContainerException.class, () -> wrong("program").run());
            assertEquals(0, container.exec("/bin/tiny-true").run().exitCode());
        }
    }
}
