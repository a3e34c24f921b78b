package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.NetworkProblem;
import dev.caisson.StorageProblem;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls at the wrong moment: each is refused at once, with the remedy for just that moment. */
@Timeout(180)
class OddOrdersTest extends EngineTest {
    /** It would be frozen like the others, and who waits for it with it. */
    @Test
    void nothingIsExecutedInAPausedContainer() {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            container.pause();
            EngineProblem refused = assertThrows(EngineProblem.class, () -> container.exec(observer("sleep", "0")).timeout(Duration.ofSeconds(20)).run());
            assertEquals("resume() it first", refused.remedy(), refused.getMessage());
            container.resume();
            assertEquals(0, container.exec(observer("sleep", "0")).run().exitCode());
        }
    }

    @Test
    void whatIsRemovedIsNotToBeStarted() {
        Container container = tiny().command(observer("sleep", "60")).run();
        container.close();
        EngineProblem refused = assertThrows(EngineProblem.class, () -> container.exec("x").run());
        assertEquals("run its spec again", refused.remedy(), refused.getMessage());
    }

    @Test
    void whatWasNotStartedDoesNotRun() {
        try (Container container = tiny().command(observer("sleep", "60")).create()) {
            ContainerTimeout late = assertThrows(ContainerTimeout.class, () -> container.waitForExit(Duration.ofMillis(1)));
            assertTrue(late.getMessage().contains("was not started"), late.getMessage());
        }
    }

    @Test
    void withoutANetworkThereIsNoAddress() {
        try (Container container = tiny().command(observer("sleep", "60")).networkNone().run()) {
            NetworkProblem refused = assertThrows(NetworkProblem.class, container::ipAddress);
            assertTrue(refused.remedy().contains("network(\"bridge\")"), refused.remedy());
        }
    }

    /** The page says that it throws nothing. */
    @Test
    void aClosedEngineStillSaysWhatTheHostAllows() {
        engine.close();
        assertTrue(engine.check().usable(), () -> engine.check().toString());
    }

    @Test
    void theVersionIsKnown() {
        assertTrue(engine.version().matches("[0-9]+\\.[0-9]+.*"), engine.version());
    }

    /** Such as rootfs(Path.of("/")). */
    @Test
    void aRootFileSystemThatHoldsTheEngineIsRefusedWithARemedy() {
        StorageProblem refused = assertThrows(StorageProblem.class, () -> engine.rootfs(directory).command("x").execute());
        assertTrue(refused.remedy().contains("hostRoot()"), refused.toString());
        assertFalse(refused.remedy().isEmpty());
    }
}
