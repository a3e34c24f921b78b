package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.ImageFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While an image comes slowly, from a registry that is far or hostile, the others have to go on. security.md row 80. */
class SlowNeighbourTest {
    private static final StubImage SLOW = StubImage.of(2000);
    private static final StubImage OTHER = StubImage.of(3000, 4000);

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry slow;
    private StubRegistry other;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private CompletableFuture<Object> coming;

    @BeforeEach
    void open() throws InterruptedException {
        room = new PullRoom(temp.resolve("room"));
        slow = new StubRegistry(SLOW);
        other = new StubRegistry(OTHER);
        slow.on(StubRegistry.blob(SLOW.layers().get(0)), exchange -> {
            asked.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            StubRegistry.bytes("application/octet-stream", SLOW.layers().get(0)).handle(exchange);
        });
        coming = CompletableFuture.supplyAsync(() -> room.pull(slow.name()));
        assertTrue(asked.await(30, TimeUnit.SECONDS));
    }

    @AfterEach
    void close() {
        goOn.countDown();
        slow.close();
        other.close();
        room.close();
    }

    private static Object outcome(Runnable work) {
        try {
            work.run();
            return "done";
        } catch (ContainerException e) {
            return e;
        }
    }

    /** What a pull that fails has brought goes when nobody needs the lock any more; who asked for it is told now. */
    @Test
    void aFailureIsToldAtOnceAndLeavesNothingInTheEnd() throws Exception {
        other.on(StubRegistry.blob(OTHER.layers().get(1)), StubRegistry.bytes("application/octet-stream", OTHER.layers().get(0)));
        Object failed = CompletableFuture.supplyAsync(() -> outcome(() -> room.pull(other.name()))).get(20, TimeUnit.SECONDS);
        assertTrue(failed instanceof ContainerException, failed.toString());
        assertFalse(coming.isDone());
        goOn.countDown();
        coming.get(20, TimeUnit.SECONDS);
        assertEquals(3, room.content.blobs().size(), "manifest, configuration and layer of the one that came");
        assertEquals(1, room.driver.layers().size());
        room.pull(slow.name());
    }

    /** The same if nothing of this JVM comes after it: the next engine finds that there is something left. */
    @Test
    void whatIsLeftIsFoundByTheNextEngine() throws Exception {
        other.on(StubRegistry.blob(OTHER.layers().get(1)), StubRegistry.bytes("application/octet-stream", OTHER.layers().get(0)));
        try (PullRoom elsewhere = new PullRoom(room.directory)) {
            Object failed = CompletableFuture.supplyAsync(() -> outcome(() -> elsewhere.pull(other.name()))).get(20, TimeUnit.SECONDS);
            assertTrue(failed instanceof ContainerException, failed.toString());
        }
        goOn.countDown();
        coming.get(20, TimeUnit.SECONDS);
        try (PullRoom next = new PullRoom(room.directory)) {
            next.images.recover();
            assertEquals(3, next.content.blobs().size());
        }
    }

    @Test
    void whoWaitsToRemoveCanBeInterrupted() throws Exception {
        room.pull(other.name());
        for (Runnable work : List.<Runnable>of(() -> room.images.remove(other.name()), () -> room.images.prune(ImageFilter.all(), layer -> false))) {
            CompletableFuture<Object> answer = new CompletableFuture<>();
            CompletableFuture<Boolean> status = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                answer.complete(outcome(work));
                status.complete(Thread.currentThread().isInterrupted());
            });
            thread.start();
            Thread.sleep(300);
            thread.interrupt();
            assertTrue(answer.get(20, TimeUnit.SECONDS) instanceof ContainerException problem && problem.getMessage().contains("interrupted"), () -> answer.join().toString());
            assertTrue(status.get(20, TimeUnit.SECONDS), "it still says so");
            assertTrue(room.images.find(other.name()).isPresent());
        }
        goOn.countDown();
        coming.get(20, TimeUnit.SECONDS);
        room.images.remove(other.name());
        assertEquals(3, room.content.blobs().size());
    }
}
