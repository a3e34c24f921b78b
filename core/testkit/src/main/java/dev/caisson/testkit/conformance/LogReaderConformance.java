package dev.caisson.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry.Partial;
import dev.caisson.spi.logging.LogEntry.Stream;
import dev.caisson.spi.logging.LogReader;
import dev.caisson.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link LogDriverConformance}, and what a driver that can be read back must do. */
public abstract class LogReaderConformance extends LogDriverConformance {
    /** What comes back for bytes that were logged: the bytes, unless the format cannot keep them. */
    protected byte[] readBack(byte[] bytes) {
        return bytes;
    }

    /** Options by which some hundred lines are spread over several files, some compressed; empty if the driver does not rotate. */
    protected Map<String, String> rotating() {
        return Map.of();
    }

    protected static List<Kept> read(LogDriver driver, int tail, @Nullable Instant since, @Nullable Instant until) throws IOException {
        List<Kept> entries = new ArrayList<>();
        assertInstanceOf(LogReader.class, driver).read(tail, since, until, entry -> entries.add(Kept.of(entry)));
        return entries;
    }

    protected static List<String> texts(LogDriver driver, int tail, @Nullable Instant since, @Nullable Instant until) throws IOException {
        return read(driver, tail, since, until).stream().map(Kept::text).toList();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i).toList();
    }

    @Test
    void whatWasLoggedComesBack() throws IOException {
        LogDriver driver = open(Map.of());
        Random random = new Random(7);
        List<byte[]> lines = new ArrayList<>(List.of(new byte[0], "plain".getBytes(), "\"quoted\\ <&>\t\r\u001b[0m".getBytes(),
                "ünïcödé \u2028\u2029 😀 \uffff".getBytes(StandardCharsets.UTF_8)));
        for (int size : new int[] {1, 100, 16 * 1024, 1 << 20}) {
            byte[] binary = new byte[size];
            random.nextBytes(binary);
            lines.add(binary);
        }
        for (int i = 0; i < lines.size(); i++) {
            driver.log(entry(i, i % 2 == 0 ? Stream.STDOUT : Stream.STDERR, lines.get(i), null));
        }
        List<Kept> kept = read(driver, -1, null, null);
        assertEquals(lines.size(), kept.size());
        for (int i = 0; i < lines.size(); i++) {
            kept.get(i).whole(readBack(lines.get(i)));
            assertEquals(i % 2 == 0 ? Stream.STDOUT : Stream.STDERR, kept.get(i).stream());
            assertEquals(START.plusSeconds(i), kept.get(i).time());
        }
    }

    @Test
    void piecesOfALineAreNumberedWithinTheirStream() throws IOException {
        LogDriver driver = open(Map.of());
        driver.log(entry(1, Stream.STDOUT, "a".getBytes(), new Partial("x", 1, false)));
        driver.log(entry(1, Stream.STDERR, "between".getBytes(), null));
        driver.log(entry(1, Stream.STDOUT, "b".getBytes(), new Partial("x", 2, false)));
        driver.log(entry(1, Stream.STDOUT, "c".getBytes(), new Partial("x", 3, true)));
        driver.log(line(2, "whole"));
        assertEquals(List.of("a#1+", "between", "b#2+", "c#3.", "whole"), texts(driver, -1, null, null));
    }

    @Test
    void tailSinceAndUntilSelect() throws IOException {
        for (Map<String, String> options : rotating().isEmpty() ? List.of(Map.<String, String>of()) : List.of(Map.<String, String>of(), rotating())) {
            LogDriver driver = open(options, java.nio.file.Files.createTempDirectory(directory, "log"));
            for (int i = 0; i < 500; i++) {
                driver.log(line(i, "line " + i));
            }
            int first = 500 - read(driver, -1, null, null).size();
            assertTrue(first < 300, "most lines are kept: from " + first);
            assertEquals(numbers(first, 500), texts(driver, -1, null, null));
            assertEquals(List.of(), texts(driver, 0, null, null));
            for (int tail : new int[] {1, 7, 100, 180}) {
                assertEquals(numbers(500 - tail, 500), texts(driver, tail, null, null), "tail " + tail);
            }
            assertEquals(numbers(first, 500), texts(driver, 100_000, null, null));
            assertEquals(numbers(490, 500), texts(driver, -1, START.plusSeconds(490), null), "since is inclusive");
            assertEquals(numbers(490, 495), texts(driver, -1, START.plusSeconds(490), START.plusSeconds(495)), "until is exclusive");
            assertEquals(numbers(340, 350), texts(driver, 10, null, START.plusSeconds(350)), "the last ten before");
            assertEquals(numbers(345, 350), texts(driver, 10, START.plusSeconds(345), START.plusSeconds(350)));
            assertEquals(List.of(), texts(driver, 10, START.plusSeconds(1000), null));
            driver.close();
            assertEquals(numbers(497, 500), texts(driver, 3, null, null), "readable after it was closed");
        }
    }

    @Test
    void aReaderSeesWholeLinesInOrderWhileOthersAreWritten() throws Exception {
        LogDriver driver = open(rotating());
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; i < 3000; i++) {
                    driver.log(line(i, "line " + i));
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        int reads = 0;
        do {
            List<String> seen = texts(driver, reads % 2 == 0 ? -1 : 20, null, null);
            if (!seen.isEmpty()) {
                int from = Integer.parseInt(seen.get(0).substring(5));
                assertEquals(numbers(from, from + seen.size()), seen);
            }
            reads++;
        } while (!writer.isDone());
        writer.get();
        assertEquals(List.of("line 2999"), texts(driver, 1, null, null));
    }

    @Test
    @Tag("host")
    @RequiresRoot
    void aFullDiskIsAnErrorThatTearsNoLine() throws IOException {
        try (Fd disk = tmpfs("256k")) {
            try (Fd ballast = FileCalls.openat(disk, "ballast", Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600)) {
                FileCalls.writeAll(ballast, ByteBuffer.allocate(64 * 1024));
            }
            LogDriver driver = open(Map.of(), Path.of("/proc/self/fd/" + disk.value() + "/."));
            int written = 0;
            IOException full = null;
            while (full == null && written < 10_000) {
                try {
                    driver.log(line(written, "line " + written + " ".repeat(100)));
                    written++;
                } catch (IOException e) {
                    full = e;
                }
            }
            assertTrue(full != null && full.getMessage().contains("ENOSPC"), String.valueOf(full));
            assertThrows(IOException.class, () -> driver.log(line(1, " ".repeat(10_000))), "it stays full");
            assertEquals(written, read(driver, -1, null, null).size());
            FileCalls.unlinkat(disk, "ballast", 0);
            driver.log(line(written, "there is room again"));
            List<String> kept = texts(driver, -1, null, null);
            assertEquals(written + 1, kept.size());
            assertEquals("line " + (written - 1), kept.get(written - 1).strip());
            assertEquals("there is room again", kept.get(written));
            driver.close();
        }
    }

    private static Fd tmpfs(String size) {
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Mounts.fsconfigString(fs, "size", size);
            Mounts.fsconfigString(fs, "mode", "0700");
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, MountFlags.MOUNT_ATTR_NOSUID);
        }
    }
}
