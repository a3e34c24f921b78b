package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows 113 and 119: what a container prints or leaves open costs the JVM a bounded amount of memory and no thread. */
class ExhaustionTest extends EngineTest {
    private static final long BOUND = 48L << 20;

    @BeforeEach
    void shell() {
        root.withShell();
    }

    @Test
    void aGibibyteWithoutALineEnd() {
        long before = used();
        try (Container container = shell("head -c 1073741824 /dev/zero").logDriver("none", Map.of()).run()) {
            assertEquals(0, container.waitForExit(Duration.ofSeconds(150)).exitCode());
            assertTrue(used() - before < BOUND, () -> used() - before + " bytes are held");
        }
    }

    @Test
    void aMillionEmptyLines() {
        long before = used();
        try (Container container = shell("yes '' | head -n 1000000").logDriver("none", Map.of()).run()) {
            assertEquals(0, container.waitForExit(Duration.ofSeconds(150)).exitCode());
            assertTrue(container.logs().length() <= 1000, "the last thousand lines");
            assertTrue(used() - before < BOUND, () -> used() - before + " bytes are held");
        }
    }

    @Test
    void whatIsKeptInMemoryHasALimit() {
        assertThrows(OutputLimitExceeded.class, () -> shell("cat /dev/zero").outputLimit(1 << 20).execute());
        assertEquals(1 << 20, shell("head -c 1048576 /dev/zero").outputLimit(1 << 20).execute().stdoutBytes().length);
    }

    /** Neither a closed stream nor one that a lost child holds open changes when a container has ended. */
    @Test
    void closedStreamsAndStreamsThatStayOpen() {
        assertEquals(3, shell("exec >&- 2>&-; exit 3").execute().exitCode());
        assertEquals("x\n", shell("sleep 1000 & echo x").execute().stdout());
        try (Container container = shell("exec >&- 2>&- <&-; sleep 1000").logDriver("none", Map.of()).run()) {
            assertEquals(0, container.exec("/bin/true").run().exitCode());
        }
    }

    private ContainerBuilder shell(String script) {
        return tiny().command("/bin/sh", "-c", script);
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
