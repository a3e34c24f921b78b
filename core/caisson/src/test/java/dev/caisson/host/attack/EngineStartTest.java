package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Row 80, invariant 15: engines of one root come and go at once, and each takes only what is really dead for dead. */
class EngineStartTest extends EngineTest {
    @Test
    void nobodySweepsAnEngineThatIsStarting() throws Exception {
        Path shared = directory.resolve("shared");
        ExecutorService pool = Executors.newFixedThreadPool(6);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                all.add(pool.submit(() -> open(shared).close()));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            pool.shutdown();
        }
        try (var left = Files.list(shared.resolve("engines"))) {
            assertEquals(0, left.count());
        }
    }

    /** The control: what a dead engine left is swept, also one that died before it had a lock. */
    @Test
    void theDeadAreSwept() throws Exception {
        Path shared = directory.resolve("shared");
        open(shared).close();
        Files.createDirectories(shared.resolve("engines/0123456789ab/containers/x"));
        open(shared).close();
        try (var left = Files.list(shared.resolve("engines"))) {
            assertEquals(0, left.count());
        }
    }

    private Engine open(Path shared) {
        return Engine.builder().root(shared).runDirectory(directory.resolve("shared-run")).build();
    }
}
