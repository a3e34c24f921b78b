package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Container;
import dev.caisson.ContainerFilter;
import dev.caisson.EngineProblem;
import dev.caisson.host.EngineTest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who cleans up takes nothing that somebody else starts meanwhile: one of the two is too late, and hears of it. */
@Timeout(120)
class PruneTest extends EngineTest {
    @Test
    void whatWasStartedRuns() throws Exception {
        for (int i = 0; i < 150; i++) {
            Container container = tiny().command(observer("sleep", "60")).create();
            CyclicBarrier both = new CyclicBarrier(2);
            int late = i % 30 * 100_000;
            CompletableFuture<Boolean> started = CompletableFuture.supplyAsync(() -> {
                meet(both);
                try {
                    container.start();
                    return true;
                } catch (EngineProblem removed) {
                    return false;
                }
            });
            CompletableFuture<List<String>> pruned = CompletableFuture.supplyAsync(() -> {
                meet(both);
                for (long from = System.nanoTime(); System.nanoTime() - from < late;) {
                    Thread.onSpinWait();
                }
                return engine.containers().prune(ContainerFilter.all()).removed();
            });
            boolean runs = started.get();
            assertEquals(runs ? List.of() : List.of(container.id()), pruned.get(), "round " + i);
            assertEquals(runs ? Container.State.RUNNING : Container.State.REMOVED, container.state());
            container.remove();
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
