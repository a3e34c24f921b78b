package dev.caisson.core.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.StorageProblem;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Parts of blobs: one writer each, whoever else fetches, and none that is swept while it is written. */
@Timeout(180)
class PartsTest {
    private static final byte[] BLOB = new byte[3 << 20];

    static {
        new Random(1).nextBytes(BLOB);
    }

    private static final Digest DIGEST = Digest.of(BLOB);

    @TempDir
    Path temp;
    private ContentStore store;

    @BeforeEach
    void open() {
        store = ContentStore.open(temp);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private List<Path> parts() throws IOException {
        try (Stream<Path> all = Files.list(temp.resolve("parts"))) {
            return all.toList();
        }
    }

    private static void rest(Ingest into) {
        int from = (int) into.size();
        into.write(BLOB, from, BLOB.length - from);
    }

    @Test
    void oneGoesOnAndTheOtherBeginsAnew() throws IOException {
        try (Ingest first = store.resume(DIGEST, BLOB.length)) {
            first.write(BLOB, 0, 2_000_000);
            first.keep();
        }
        try (Ingest second = store.resume(DIGEST, BLOB.length); ContentStore others = ContentStore.open(temp); Ingest third = others.resume(DIGEST, BLOB.length)) {
            assertEquals(2_000_000, second.size());
            assertEquals(0, third.size(), "it is locked");
            assertEquals(0, others.sweepParts(true), "and not swept");
            rest(third);
            third.commit();
            rest(second);
            assertTrue(second.asExpected());
            second.commit();
        }
        store.verify(DIGEST);
        assertEquals(1, parts().size(), "its second name, until the operation ends");
        try (Ingest again = store.resume(DIGEST, BLOB.length)) {
            assertEquals(BLOB.length, again.size());
            again.commit();
        }
        store.verify(DIGEST);
        store.settle(DIGEST);
        assertEquals(List.of(), parts());
    }

    /** An ordinary user cannot lock what he may not write. */
    @Test
    void aBlobThatWasMadeWritableToBeLockedIsNotAfterwards() throws IOException {
        try (Ingest ingest = store.resume(DIGEST, BLOB.length)) {
            rest(ingest);
            ingest.commit();
        }
        Path part = parts().get(0);
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rw-------"));
        store.settle(DIGEST);
        assertEquals(List.of(), parts());
        Path blob = temp.resolve("blobs/sha256/" + DIGEST.hex());
        assertEquals("r--------", PosixFilePermissions.toString(Files.getPosixFilePermissions(blob)));
    }

    @Test
    void whatIsSmallOrDroppedLeavesNothing() throws IOException {
        try (Ingest small = store.resume(Digest.of(new byte[10]), 10)) {
            small.write(new byte[5], 0, 5);
            small.keep();
        }
        try (Ingest dropped = store.resume(DIGEST, BLOB.length)) {
            dropped.write(BLOB, 0, 100);
        }
        try (Ingest empty = store.resume(DIGEST, BLOB.length)) {
            empty.keep();
        }
        assertEquals(List.of(), parts());
        assertEquals(0, store.reclaim());
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path target = Files.write(temp.resolve("target"), new byte[5]);
        Files.createSymbolicLink(temp.resolve("parts/" + Parts.name(DIGEST)), target);
        StorageProblem refused = assertThrows(StorageProblem.class, () -> store.resume(DIGEST, BLOB.length));
        assertTrue(refused.getMessage().contains("ELOOP"), refused.getMessage());
        assertEquals(5, Files.size(target));
    }

    /** A part may be swept between its opening and its locking: whoever had it then would write where nobody finds it. */
    @Test
    void whatIsTakenIsThere() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (Parts parts = new Parts(FileCalls.open(Files.createDirectory(temp.resolve("few")), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0))) {
            ExecutorService sweeper = Executors.newSingleThreadExecutor();
            try {
                Future<Integer> swept = sweeper.submit(() -> {
                    int times = 0;
                    for (; !over.get(); times++) {
                        parts.forget(DIGEST);
                    }
                    return times;
                });
                for (int i = 0; i < 30_000; i++) {
                    Optional<Unfinished> taken = parts.take(DIGEST);
                    if (taken.isPresent()) {
                        try (Fd file = taken.get().file()) {
                            assertEquals(1, FileCalls.fstat(file).nlink(), "it has no name any more");
                        }
                    }
                }
                over.set(true);
                assertTrue(swept.get() > 0);
            } finally {
                over.set(true);
                sweeper.shutdown();
                assertTrue(sweeper.awaitTermination(1, TimeUnit.MINUTES));
            }
        }
    }

    @Test
    void manyAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Callable<Void>> work = IntStream.range(0, 6).<Callable<Void>>mapToObj(who -> () -> {
                Random random = new Random(who);
                try (ContentStore mine = ContentStore.open(temp)) {
                    for (int i = 0; i < 60; i++) {
                        switch (random.nextInt(4)) {
                            case 0 -> mine.sweepParts(true);
                            case 1 -> mine.settle(DIGEST);
                            default -> {
                                try (Ingest into = mine.resume(DIGEST, BLOB.length)) {
                                    int some = random.nextInt(BLOB.length - (int) into.size() + 1);
                                    into.write(BLOB, (int) into.size(), some);
                                    if (random.nextBoolean()) {
                                        into.keep();
                                    } else {
                                        rest(into);
                                        assertTrue(into.asExpected());
                                        into.commit();
                                    }
                                }
                            }
                        }
                    }
                }
                return null;
            }).toList();
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertTrue(store.has(DIGEST));
        store.verify(DIGEST);
        assertArrayEquals(BLOB, store.read(DIGEST, BLOB.length));
        store.sweepParts(true);
        assertEquals(List.of(), parts());
        assertFalse(Files.list(temp.resolve("ingest")).findAny().isPresent());
    }
}
