package dev.caisson.host.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.EventFilter;
import dev.caisson.Execution;
import dev.caisson.ExitStatus;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults F14 and F17: a container that takes all it can get hurts itself alone, and it is said what became of it. A neighbour answers all the while. */
@Timeout(180)
class SelfHarmTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private Container neighbour;

    @BeforeEach
    void settle() {
        root.withShell();
        neighbour = tiny().command("/bin/sleep", "600").run();
    }

    @AfterEach
    void leave() {
        neighbour.close();
    }

    private void assertNeighbourIsWell() {
        assertEquals("well\n", neighbour.exec("echo", "well").timeout(Duration.ofSeconds(30)).run().stdout());
        assertEquals(Container.State.RUNNING, neighbour.state());
        assertTrue(observeHost("ids").has("pid"), "the host can start processes");
    }

    /** Fault F17. */
    @Test
    void tenThousandProcesses() {
        try (Container bomb = tiny().command(observer("bomb", "10000", "+", "echo", "over", "+", "sleep", "600")).run()) {
            eventually("it forked all it could", Duration.ofSeconds(120), () -> bomb.logs().contains("over"));
            assertTrue(bomb.logs().contains("EAGAIN"), bomb.logs());
            assertEquals(4096, Long.parseLong(bomb.logs().lines().filter(l -> l.startsWith("forked=")).findFirst().orElseThrow().substring(7)) + 1, bomb::logs);
            assertNeighbourIsWell();
            assertTrue(bomb.usage().pids() <= 4096);
            long before = System.nanoTime();
            bomb.remove();
            assertTrue(System.nanoTime() - before < Duration.ofSeconds(60).toNanos());
        }
        assertNeighbourIsWell();
    }

    @Test
    void itsTmpfsIsFull() {
        try (Container greedy = tiny().tmpfs("/scratch:size=8m").command("sh", "-c", "busybox cat /dev/zero >/scratch/all; echo code $?; sleep 600").run()) {
            eventually("it is full", SOON, () -> greedy.logs().contains("code 1"));
            assertTrue(greedy.logs().contains("No space left on device"), greedy.logs());
            assertEquals("8388608\n", greedy.exec("busybox", "stat", "-c", "%s", "/scratch/all").run().stdout());
            assertNeighbourIsWell();
            assertEquals(0, neighbour.exec("sh", "-c", "echo x >/y").run().exitCode());
            assertEquals(Container.State.RUNNING, greedy.state());
        }
    }

    /** Fault F14: a tmpfs without a size of its own is bounded by the memory of who fills it. */
    @Test
    void itsMemoryIsUp() {
        for (String[] command : new String[][] {observer("eat", "400"), {"sh", "-c", "busybox cat /dev/zero >/scratch/all"}}) {
            try (Container greedy = tiny().memory("32m").memorySwap("32m").tmpfs("/scratch:size=1g").command(command).run()) {
                ExitStatus status = greedy.waitForExit(SOON);
                assertTrue(status.oomKilled() && status.exitCode() == 137, status::toString);
                List<String> events = engine.events().past(EventFilter.all().container(greedy.id())).stream().map(e -> e.action()).toList();
                assertEquals(List.of("create", "start", "oom", "die"), events, "told once");
                assertNeighbourIsWell();
            }
        }
        Execution told = tiny().memory("32m").memorySwap("32m").command(observer("eat", "400")).execute();
        assertTrue(told.oomKilled() && told.toString().contains("out of memory"), told::toString);
    }
}
