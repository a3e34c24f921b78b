package dev.caisson.core.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.StorageProblem;
import dev.caisson.spi.storage.LayerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records survive crashes and other JVMs, and a name belongs to one image. */
class ImageStoreTest {
    @TempDir
    Path temp;

    private static ImageRecord image(int number, String... names) {
        Digest digest = Digest.of(("image " + number).getBytes(StandardCharsets.US_ASCII));
        return new ImageRecord(digest, digest, List.of(names), Instant.ofEpochSecond(number), number, "linux/amd64", List.of(new LayerId(digest.toString())));
    }

    @Test
    void aNameMovesToItsNewestImage() {
        ImageStore store = ImageStore.open(temp.resolve("images"));
        assertEquals(List.of(), store.list());
        store.add(image(1, "docker.io/library/a:latest", "docker.io/library/b:latest"));
        store.add(image(2, "docker.io/library/a:latest"));
        assertEquals(image(2, "docker.io/library/a:latest"), store.byReference("docker.io/library/a:latest").orElseThrow());
        assertEquals(List.of(image(1, "docker.io/library/b:latest"), image(2, "docker.io/library/a:latest")), store.list());
        store.add(image(2, "docker.io/library/b:latest"));
        assertEquals(List.of(image(1), image(2, "docker.io/library/a:latest", "docker.io/library/b:latest")), ImageStore.open(temp.resolve("images")).list());
    }

    @Test
    void halfAWriteIsNotSeen() throws IOException {
        ImageStore store = ImageStore.open(temp.resolve("images"));
        store.add(image(1, "docker.io/library/a:latest"));
        Files.writeString(temp.resolve("images/images.json.new"), "{\"schema\":1,\"ima");
        assertEquals(1, store.list().size());
        store.add(image(2));
        assertEquals(2, store.list().size());
    }

    @Test
    void damageAndOtherSchemasAreNamed() throws IOException {
        ImageStore store = ImageStore.open(temp.resolve("images"));
        for (String content : List.of("", "{", "{\"schema\":2}", "[]", "{\"schema\":1,\"images\":[{\"manifest\":\"x\"}]}")) {
            Files.writeString(temp.resolve("images/images.json"), content);
            StorageProblem problem = assertThrows(StorageProblem.class, store::list, content);
            assertTrue(problem.getMessage().contains("images.json") && !problem.remedy().isEmpty(), problem.getMessage());
        }
    }

    @Test
    void writersDoNotLoseEachOther() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<ImageRecord>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int number = i;
            all.add(pool.submit(() -> ImageStore.open(temp.resolve("images")).add(image(number, "docker.io/library/i:" + number))));
        }
        for (Future<ImageRecord> one : all) {
            one.get();
        }
        pool.shutdown();
        assertEquals(40, ImageStore.open(temp.resolve("images")).list().size());
    }

    @Test
    void collectingWaitsForUsers() throws Exception {
        ImageStore store = ImageStore.open(temp.resolve("images"));
        CompletableFuture<Void> collected;
        try (ImageStore.Use one = store.use(); ImageStore.Use two = store.use()) {
            assertTrue(one != two);
            collected = CompletableFuture.runAsync(() -> store.collect().close());
            assertThrows(TimeoutException.class, () -> collected.get(200, TimeUnit.MILLISECONDS));
        }
        collected.get(60, TimeUnit.SECONDS);
    }

    /** Caches are told from the file's inode, time and size alone, and a file is replaced many times within one tick of the kernel's clock. */
    @Test
    void everyChangeIsAnotherVersion() {
        ImageStore store = ImageStore.open(temp.resolve("images"));
        ImageStore other = ImageStore.open(temp.resolve("images"));
        java.util.Set<ImageStore.Version> seen = new java.util.HashSet<>();
        for (int i = 0; i < 200; i++) {
            (i % 2 == 0 ? store : other).add(image(1 + i % 2, "docker.io/library/a:latest"));
            assertTrue(seen.add(store.version()), "version " + i);
            for (ImageStore reader : List.of(store, other)) {
                assertEquals(1 + i % 2, reader.byReference("docker.io/library/a:latest").orElseThrow().size());
            }
        }
    }

    @Test
    void whatChangesNothingWritesNothing() {
        ImageStore store = ImageStore.open(temp.resolve("images"));
        store.add(image(1, "docker.io/library/a:latest"));
        store.add(image(2, "docker.io/library/b:latest"));
        ImageStore.Version before = store.version();
        assertEquals(image(1, "docker.io/library/a:latest"), store.add(image(1, "docker.io/library/a:latest")));
        assertEquals(before, store.version());
    }
}
