package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.PlainLayers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers are unpacked while they come; what turns out wrong at the last byte leaves nothing of that. */
@Tag("host")
@Timeout(180)
class OverlapTest {
    private static final StubImage IMAGE = StubImage.of(4_000_000, 1000);
    private static final byte[] LAYER = IMAGE.layers().get(0);

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;

    @BeforeEach
    void open() {
        room = new PullRoom(temp);
        registry = new StubRegistry(IMAGE);
    }

    @AfterEach
    void close() {
        registry.close();
        room.close();
    }

    /** Sends the first half, and the rest once some of it is unpacked. */
    private AtomicBoolean halfway(byte[] content) {
        AtomicBoolean seen = new AtomicBoolean();
        registry.on(StubRegistry.blob(LAYER), exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.getResponseBody().flush();
            long end = System.nanoTime() + 30_000_000_000L;
            while (!seen.get() && System.nanoTime() < end) {
                seen.set(!PlainLayers.output("sh", "-c", "find " + temp + "/layers -name file-0 -size +500k").isEmpty());
            }
            exchange.getResponseBody().write(content, content.length / 2, content.length - content.length / 2);
        });
        return seen;
    }

    @Test
    void unpackedWhileItComes() {
        AtomicBoolean seen = halfway(LAYER);
        room.pull(registry.name());
        assertTrue(seen.get(), "nothing was unpacked before all was there");
        assertEquals(2, room.driver.layers().size());
        room.content.verify(Digest.of(LAYER));
    }

    /** Row 76: bytes that are not verified yet may be unpacked, but never become a layer. */
    @Test
    void wrongAtTheLastByte() {
        byte[] flipped = LAYER.clone();
        flipped[3_900_000] ^= 1;
        AtomicBoolean seen = halfway(flipped);
        room.refused("digest", registry.name());
        assertTrue(seen.get());
        seen = halfway(Arrays.copyOf(LAYER, LAYER.length - 512));
        room.refused("its descriptor says", registry.name());
    }

    /** Listeners are called by the threads that download, which must not be the client's only one. */
    @Test
    void aListenerMayPullItself() {
        StubImage other = StubImage.of(300_000, 1000);
        AtomicBoolean inside = new AtomicBoolean();
        try (StubRegistry second = new StubRegistry(other); Registries registries = new Registries(List.of(), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
            new ImagePull(registries, room.images).run(ImageReference.parse(registry.name()), progress -> {
                if (progress.phase() == TransferProgress.Phase.DOWNLOADING && inside.compareAndSet(false, true)) {
                    new ImagePull(registries, room.images).run(ImageReference.parse(second.name()), p -> { });
                }
            });
            assertTrue(inside.get());
            assertEquals(2, room.images.list().size());
        }
    }

    @Test
    void aListenerThatThrows() {
        try (Registries registries = new Registries(List.of(), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
            RuntimeException enough = new IllegalStateException("enough");
            assertSame(enough, assertThrows(IllegalStateException.class, () -> new ImagePull(registries, room.images).run(ImageReference.parse(registry.name()), progress -> {
                if (progress.phase() == TransferProgress.Phase.DOWNLOADING) {
                    throw enough;
                }
            })));
            assertEquals(0, room.content.blobs().size() + room.driver.layers().size() + room.images.list().size());
            assertEquals("", PlainLayers.output("sh", "-ec", "find " + temp + " -name '*.draft' -o -path '*/ingest/*'"));
        }
        room.pull(registry.name());
    }

    /** Whichever of the two who write finds the disk full, the pull fails by that and leaves nothing; with room it succeeds. */
    @Test
    void aDiskThatIsFull() throws IOException {
        registry.serve(StubImage.of(4_000_000)); // one layer: for a second one the tests' driver copies the first by cp(1)
        String disk = Files.createDirectory(temp.resolve("disk")).toString();
        PlainLayers.output("mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk);
        try (PullRoom small = new PullRoom(Path.of(disk))) {
            int failed = 0;
            for (int size = 200; size < 9_500; size += 700) {
                PlainLayers.output("mount", "-o", "remount,size=" + size + "k", disk);
                try {
                    small.pull(registry.name());
                    small.images.remove(registry.name());
                } catch (ContainerException e) {
                    failed++;
                    assertTrue(e.getMessage().contains("ENOSPC") && !e.remedy().isEmpty(), e.getMessage() + " / " + e.remedy());
                }
                assertEquals(0, small.content.blobs().size() + small.driver.layers().size() + small.images.list().size(), size + " KiB");
                assertEquals("", PlainLayers.output("sh", "-ec", "find " + disk + " -name '*.draft' -o -path '*/ingest/*'"));
            }
            assertTrue(failed > 8, "the disk was full " + failed + " times");
            small.pull(registry.name());
            small.content.verify(Digest.of(LAYER));
        } finally {
            PlainLayers.output("umount", "-l", disk);
        }
    }
}
