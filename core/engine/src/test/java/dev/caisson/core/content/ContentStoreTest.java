package dev.caisson.core.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** security.md rows 76 and 81: nothing is kept that was not verified, nothing is reachable for others, and a crash leaves nothing behind. */
class ContentStoreTest {
    private static final byte[] HELLO = "hello\n".getBytes(StandardCharsets.US_ASCII);
    private static final Digest SHA256 = new Digest("sha256", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");

    @TempDir
    Path temp;
    private Path directory;
    private ContentStore store;

    @BeforeEach
    void open() {
        directory = temp.resolve("root/content");
        store = ContentStore.open(directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private long files() throws IOException {
        try (var all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    private void refused(byte[] content, Digest expected, long size) throws IOException {
        assertThrows(ImageProblem.class, () -> store.put(new ByteArrayInputStream(content), expected, size));
        assertEquals(0, files(), "something was kept");
    }

    @Test
    void whatIsStoredIsWhatWasAskedFor() throws IOException {
        Digest digest = store.put(new ByteArrayInputStream(HELLO), SHA256, HELLO.length);
        assertEquals(SHA256, digest);
        assertTrue(store.has(digest));
        assertEquals(6, store.size(digest));
        assertArrayEquals(HELLO, store.open(digest).readAllBytes());
        store.verify(digest);
        assertEquals(List.of(digest), store.blobs());
        assertEquals(digest, store.put(HELLO), "a second time is the same blob");
        assertTrue(store.delete(digest));
        assertFalse(store.delete(digest));
        assertThrows(ImageProblem.class, () -> store.open(digest));
    }

    @Test
    void sourcesThatLie() throws IOException {
        byte[] flipped = HELLO.clone();
        flipped[0] ^= 1;
        refused(flipped, SHA256, 6);
        refused(new byte[0], SHA256, 6);
        refused("hello".getBytes(StandardCharsets.US_ASCII), SHA256, 6);
        refused("hello\n\n".getBytes(StandardCharsets.US_ASCII), SHA256, 6);
        refused(HELLO, SHA256, 7);
        refused(HELLO, SHA256, 5);
        refused(HELLO, Digest.of(new byte[0]), 6);
    }

    @Test
    void sha512() throws IOException {
        Digest digest = Digest.of("sha512", Digest.hasher("sha512").digest(HELLO));
        assertEquals(digest, store.put(new ByteArrayInputStream(HELLO), digest, 6));
        assertArrayEquals(HELLO, store.read(digest, 6));
        refusedDigest("sha512:" + SHA256.hex());
    }

    @Test
    void digestsThatAreNone() {
        for (String text : List.of("", "sha256", "sha256:", "sha256:../../../../etc/passwd", "sha256:" + "A".repeat(64), "sha256:" + "a".repeat(63), "md5:" + "a".repeat(32),
                "sha1:" + "a".repeat(40), "sha256:" + "a".repeat(64) + "\n", "SHA256:" + "a".repeat(64), "x".repeat(100_000), "sha256+b64:" + "a".repeat(64))) {
            refusedDigest(text);
        }
    }

    private static void refusedDigest(String text) {
        assertFalse(Digest.isDigest(text));
        assertTrue(assertThrows(ImageProblem.class, () -> Digest.parse(text)).getMessage().length() < 400);
    }

    @Test
    void aChangedByteIsFound() throws IOException {
        store.put(HELLO);
        Path blob = directory.resolve("blobs/sha256").resolve(SHA256.hex());
        assertEquals("r--------", PosixFilePermissions.toString(Files.getPosixFilePermissions(blob)));
        blob.toFile().setWritable(true);
        Files.write(blob, "Hello\n".getBytes(StandardCharsets.US_ASCII));
        assertThrows(ImageProblem.class, () -> store.verify(SHA256));
        assertThrows(ImageProblem.class, () -> store.read(SHA256, 100));
        assertThrows(ImageProblem.class, () -> store.read(SHA256, 5));
    }

    @Test
    void directoriesAreTheOwnersAlone() throws IOException {
        for (String name : List.of("", "ingest", "parts", "blobs", "blobs/sha256")) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))), name);
        }
    }

    @Test
    void whatACrashLeavesIsReclaimedAndWhatIsWrittenIsNot() throws IOException {
        Files.write(directory.resolve("ingest/0123456789abcdef"), HELLO);
        try (Ingest alive = store.begin(SHA256, 6); ContentStore other = ContentStore.open(directory)) {
            alive.write(HELLO, 0, 3);
            assertEquals(1, other.reclaim());
            alive.write(HELLO, 3, 3);
            assertEquals(SHA256, alive.commit());
        }
        store.begin().close();
        assertEquals(1, files());
        assertEquals(0, store.reclaim());
    }

    @Test
    void aKilledWriterLeavesNothingVisible() throws Exception {
        // The real thing: a JVM that is killed in the middle of a blob.
        Process writer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                Writer.class.getName(), directory.toString()).redirectErrorStream(true).start();
        assertEquals('.', writer.getInputStream().read());
        assertEquals(0, store.reclaim(), "it is alive");
        writer.destroyForcibly().waitFor();
        assertEquals(List.of(), store.blobs());
        assertEquals(1, store.reclaim());
        assertEquals(0, files());
    }

    /** Writes half a blob and waits for its end. */
    static final class Writer {
        public static void main(String[] args) throws Exception {
            Ingest blob = ContentStore.open(Path.of(args[0])).begin();
            blob.write(new byte[100_000], 0, 100_000);
            System.out.write('.');
            System.out.flush();
            Thread.sleep(60_000);
            blob.close();
        }
    }

    @Test
    void manyWritersOfOneBlob() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try (ContentStore other = ContentStore.open(directory)) {
            List<Future<Digest>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                ContentStore mine = i % 2 == 0 ? store : other;
                all.add(pool.submit(() -> mine.put(HELLO)));
                all.add(pool.submit(() -> {
                    mine.reclaim();
                    return SHA256;
                }));
            }
            for (Future<Digest> one : all) {
                assertEquals(SHA256, one.get());
            }
        } finally {
            pool.shutdown();
        }
        assertEquals(1, files());
    }
}
