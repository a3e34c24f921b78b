package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.crash.Progress;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a killed JVM, or one without a network, has fetched of a blob need not be fetched again; what is wrong with it does no harm. */
@Tag("host")
@Timeout(180)
class ResumeTest {
    private static final StubImage IMAGE = StubImage.of(1_500_000, 6_000_000, 1000);
    private static final byte[] WHOLE = IMAGE.layers().get(0);
    private static final byte[] LAYER = IMAGE.layers().get(1);
    private static final String BLOB = StubRegistry.blob(LAYER);
    private static final int FIRST = 4_000_000;
    private static final long PATIENCE = 60;

    @TempDir
    Path temp;
    private StubRegistry registry;
    private Path parts;

    @BeforeEach
    void open() {
        registry = new StubRegistry(IMAGE);
        parts = temp.resolve("content/parts");
    }

    @AfterEach
    void close() {
        registry.close();
    }

    /** Pulls until it is killed. */
    public static final class Puller {
        public static void main(String[] arguments) {
            try (PullRoom room = new PullRoom(Path.of(arguments[0]))) {
                Progress.mark("open");
                room.pull(arguments[1]);
                Progress.mark("pulled");
            }
        }
    }

    /** As a real one: all of it, or from a byte on. Stops after {@code most} bytes until the gate opens. */
    private static HttpHandler ranges(int most, Semaphore stopped, CountDownLatch gate) {
        return exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            int from = range == null ? 0 : Integer.parseInt(range.substring(6, range.length() - 1));
            if (range != null) {
                exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (LAYER.length - 1) + "/" + LAYER.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, LAYER.length - from);
            int now = Math.min(most, LAYER.length - from);
            exchange.getResponseBody().write(LAYER, from, now);
            exchange.getResponseBody().flush();
            if (from + now < LAYER.length) {
                stopped.release();
                await(gate);
                exchange.getResponseBody().write(LAYER, from + now, LAYER.length - from - now);
            }
        };
    }

    private static void await(CountDownLatch gate) {
        try {
            assertTrue(gate.await(PATIENCE, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpHandler ranges() {
        return ranges(Integer.MAX_VALUE, new Semaphore(0), new CountDownLatch(0));
    }

    private List<String> asked(byte[] layer) {
        return registry.asked.stream().filter(a -> a.uri().equals(StubRegistry.blob(layer))).map(a -> a.header("Range")).toList();
    }

    private Path part(byte[] layer) {
        Digest digest = Digest.of(layer);
        return parts.resolve(digest.algorithm() + "-" + digest.hex());
    }

    private List<String> parts() throws IOException {
        try (Stream<Path> all = Files.list(parts)) {
            return all.map(p -> p.getFileName().toString()).toList();
        }
    }

    private static void until(java.util.function.BooleanSupplier happened, String what) throws InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE); !happened.getAsBoolean(); Thread.sleep(10)) {
            assertTrue(System.nanoTime() < end, what);
        }
    }

    /** Kills a JVM that has the first layer, and four million bytes of the second. */
    private void killInTheMiddle() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Semaphore stopped = new Semaphore(0);
        registry.on(BLOB, ranges(FIRST, stopped, gate));
        try (ScenarioProcess jvm = ScenarioProcess.start(Puller.class, temp.toString(), registry.name())) {
            jvm.awaitMark("open", Duration.ofSeconds(PATIENCE));
            assertTrue(stopped.tryAcquire(PATIENCE, TimeUnit.SECONDS));
            until(() -> part(LAYER).toFile().length() == FIRST && Files.exists(temp.resolve("content/blobs/sha256/" + Digest.of(WHOLE).hex())), "all that was sent has arrived");
            jvm.jvm().destroyForcibly();
            jvm.waitFor(Duration.ofSeconds(PATIENCE));
        } finally {
            gate.countDown();
        }
        assertEquals(FIRST, Files.size(part(LAYER)));
        PlainLayers.output("sh", "-c", "rm -rf " + temp + "/layers/*.draft"); // as a real driver does
        registry.asked.clear();
        registry.on(BLOB, ranges());
    }

    @Test
    void afterKillNineInTheMiddle() throws Exception {
        killInTheMiddle();
        try (PullRoom room = new PullRoom(temp)) {
            room.images.recover(); // as the next engine does
            assertEquals(List.of(), room.content.blobs(), "nobody refers to what the dead one had");
            room.pull(registry.name());
            assertEquals(List.of("bytes=" + FIRST + "-"), asked(LAYER));
            assertEquals(List.of(), asked(WHOLE), "all of it was here");
            room.content.blobs().forEach(room.content::verify);
            assertEquals(5, room.content.blobs().size());
            assertEquals(List.of(), parts());
            TransferProgress last = room.progress.get(room.progress.size() - 1);
            assertEquals(last.totalSize(), room.progress.stream().mapToLong(TransferProgress::totalDone).max().getAsLong(), "what was here counts as fetched, once");
        }
    }

    @Test
    void aDamagedPartIsFetchedAnew() throws Exception {
        killInTheMiddle();
        byte[] wrong = Files.readAllBytes(part(LAYER));
        wrong[1_000_000] ^= 1;
        Files.write(part(LAYER), wrong);
        try (PullRoom room = new PullRoom(temp)) {
            room.images.recover();
            room.pull(registry.name());
            assertEquals(List.of("bytes=" + FIRST + "-", ""), asked(LAYER));
            room.content.blobs().forEach(room.content::verify);
            assertEquals(List.of(), parts());
        }
    }

    @Test
    void whatCannotBeAPartIsThrownAway() throws Exception {
        try (PullRoom room = new PullRoom(temp)) {
            Files.write(part(LAYER), new byte[LAYER.length + 1]);
            Files.createLink(temp.resolve("somebody's"), Files.write(part(WHOLE), new byte[10]));
            registry.on(BLOB, ranges());
            room.pull(registry.name());
            assertEquals(List.of(""), asked(LAYER));
            assertEquals(List.of(""), asked(WHOLE));
            assertEquals(10, Files.size(temp.resolve("somebody's")), "a file with a second name is not written to");
            room.content.blobs().forEach(room.content::verify);
        }
    }

    @Test
    void aConnectionThatStaysBroken() throws Exception {
        try (PullRoom room = new PullRoom(temp)) {
            registry.on(BLOB, exchange -> {
                exchange.sendResponseHeaders(200, LAYER.length);
                exchange.getResponseBody().write(LAYER, 0, FIRST);
                exchange.getResponseBody().flush();
                throw new IOException("breaks");
            });
            room.refused("broke", registry.name());
            assertTrue(Files.size(part(LAYER)) > 0, "there is something to go on with");
            long here = Files.size(part(LAYER));
            registry.asked.clear();
            registry.on(BLOB, ranges());
            room.pull(registry.name());
            assertEquals(List.of("bytes=" + here + "-"), asked(LAYER));
            assertEquals(List.of(), asked(WHOLE));
            assertEquals(List.of(), parts());
        }
    }

    @Test
    void ofWhatIsWrongNothingIsKept() throws Exception {
        byte[] lie = LAYER.clone();
        lie[5] ^= 1;
        try (PullRoom room = new PullRoom(temp)) {
            registry.on(BLOB, StubRegistry.bytes("application/octet-stream", lie));
            room.refused("digest", registry.name());
            assertTrue(Files.notExists(part(LAYER)), parts().toString());
        }
    }

    @Test
    void eachFetchesHisOwnWhileTwoDo() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Semaphore stopped = new Semaphore(0);
        registry.on(BLOB, ranges(FIRST, stopped, gate));
        try (ScenarioProcess other = ScenarioProcess.start(Puller.class, temp.toString(), registry.name()); PullRoom room = new PullRoom(temp)) {
            assertTrue(stopped.tryAcquire(PATIENCE, TimeUnit.SECONDS));
            until(() -> part(LAYER).toFile().length() == FIRST, "all that was sent has arrived");
            registry.on(BLOB, ranges());
            room.pull(registry.name());
            assertEquals(List.of("", ""), asked(LAYER), "the other one is not waited for");
            assertEquals(FIRST, Files.size(part(LAYER)), "nor is its part touched");
            room.content.sweepParts(true);
            assertEquals(FIRST, Files.size(part(LAYER)), "nor swept");
            gate.countDown();
            other.waitFor(Duration.ofSeconds(PATIENCE)); // whatever its layers come to: this driver of layers is for one JVM
            assertEquals(5, room.content.blobs().size());
            room.content.blobs().forEach(room.content::verify);
        }
    }

    @Test
    void theyAreSweptAfterAWeekAndByPruning() throws Exception {
        try (PullRoom room = new PullRoom(temp)) {
            Files.write(part(LAYER), new byte[100]);
            Files.write(part(WHOLE), new byte[100]);
            Files.setLastModifiedTime(part(WHOLE), FileTime.from(Instant.now().minus(Duration.ofDays(8))));
            room.images.recover();
            assertEquals(List.of(part(LAYER).getFileName().toString()), parts());
            room.images.prune(dev.caisson.ImageFilter.all(), layer -> false);
            assertEquals(List.of(), parts());
        }
    }
}
