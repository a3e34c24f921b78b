package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A container comes to a network while it is detached: it is on it for whoever takes it over, or never was. */
@Timeout(180)
class DetachAndConnectTest extends DetachedTest {
    private final CountDownLatch holding = new CountDownLatch(1);
    private volatile CompletableFuture<Void> connected = new CompletableFuture<>();

    /** Takes its time. */
    private void hold() {
        holding.countDown();
        try {
            connected.get(1, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            // it waits for us, or was refused
        }
    }

    @Test
    void itIsOnItForTheNextEngineOrNeverWas() throws Exception {
        try (Engine first = Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).network(new HoldingProvider(List.of(), this::hold)).build()) {
            first.networks().create("one", n -> n.driver("holding"));
            dev.caisson.Network two = first.networks().create("two", n -> n.driver("holding"));
            Container container = first.rootfs(root.path()).network("one").command("/bin/sh", "-c", "exec sleep 600").run();
            connected = CompletableFuture.runAsync(() -> {
                try {
                    assertTrue(holding.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                two.connect(container);
            });
            container.detach();
            Throwable refused = assertThrows(ExecutionException.class, () -> connected.get(60, TimeUnit.SECONDS), "it is detached").getCause();
            assertTrue(refused instanceof EngineProblem problem && problem.remedy().contains("before detach()"), refused::toString);
            assertEquals(List.of("one"), container.networks());
        }
        try (Engine next = open()) {
            Container kept = next.containers().get(0);
            assertEquals(List.of("one"), kept.networks());
            kept.remove();
        }
    }
}
