package dev.caisson.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.Options;
import dev.caisson.spi.Subject;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogEntry.Partial;
import dev.caisson.spi.logging.LogEntry.Stream;
import dev.caisson.spi.logging.LogProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every log driver must do; {@link LogReaderConformance} has what one that can be read back must do besides. */
public abstract class LogDriverConformance {
    /** The first entry's time; the n-th is n seconds later. */
    protected static final Instant START = Instant.parse("2024-05-01T10:00:00.120Z");

    /** For the driver's root and run. */
    @TempDir
    protected Path directory;

    private @Nullable LogDriver opened;

    /** The driver under test. */
    protected abstract LogProvider provider();

    /** Options without which the driver cannot be opened here, such as an address. */
    protected Map<String, String> options() {
        return Map.of();
    }

    /** The container it is opened for. */
    protected Subject subject() {
        return new Subject("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "web", "sha256:fedcba9876543210", "nginx:1.25",
                List.of("nginx", "-g", "daemon off;"), "web-1", START, Map.of("tier", "front", "a.b", "<1>"), Map.of("MODE", "test", "tier", "env"));
    }

    /** The driver with more options. */
    protected LogDriver open(Map<String, String> more) throws IOException {
        return open(more, Files.createDirectories(directory.resolve("root")));
    }

    protected LogDriver open(Map<String, String> more, Path root) throws IOException {
        Map<String, String> all = new java.util.HashMap<>(options());
        all.putAll(more);
        DriverContext context = new DriverContext("conformance", root, Files.createDirectories(directory.resolve("run")), subject());
        LogDriver driver = provider().open(context, Options.of("log driver " + provider().name(), provider().options(), all));
        opened = driver;
        return driver;
    }

    @AfterEach
    void close() throws IOException {
        if (opened != null) {
            opened.close();
        }
    }

    /** A whole line of standard output, the n-th. */
    protected static LogEntry line(int number, String text) {
        return entry(number, Stream.STDOUT, text.getBytes(StandardCharsets.UTF_8), null);
    }

    protected static LogEntry entry(int number, Stream stream, byte[] bytes, @Nullable Partial partial) {
        // A piece of a larger buffer, as the engine passes it.
        ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 8).position(3).put(bytes).flip().position(3);
        return new LogEntry(buffer, stream, START.getEpochSecond() + number, START.getNano(), partial);
    }

    @Test
    void itsProviderIsComplete() throws IOException {
        DriverContext context = new DriverContext("conformance", directory, directory, subject());
        ProviderChecks.check(provider(), LogProvider.class, context);
        ProviderChecks.uniquePriorities(ServiceLoader.load(LogProvider.class).stream().map(ServiceLoader.Provider::get).toList());
        assertEquals(provider().name(), open(Map.of()).name());
    }

    @Test
    void anUnknownOptionIsRefused() {
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> open(Map.of("no-such-option", "1")));
        assertTrue(refused.getMessage().contains("no-such-option"), refused.getMessage());
    }

    @Test
    void takesEveryKindOfLineAndLeavesTheBufferAsItWas() throws IOException {
        byte[] binary = new byte[512];
        for (int i = 0; i < binary.length; i++) {
            binary[i] = (byte) i;
        }
        LogDriver driver = open(Map.of());
        for (byte[] bytes : List.of(new byte[0], "plain".getBytes(), "ünïcödé \u2028 😀".getBytes(StandardCharsets.UTF_8), binary, new byte[1 << 20])) {
            LogEntry entry = entry(1, Stream.STDERR, bytes, null);
            byte[] before = entry.line().array().clone();
            driver.log(entry);
            assertArrayEquals(before, entry.line().array());
        }
        driver.log(entry(2, Stream.STDOUT, "cut".getBytes(), new Partial("p", 1, false)));
        driver.log(entry(2, Stream.STDOUT, new byte[0], new Partial("p", 2, true)));
        ByteBuffer direct = ByteBuffer.allocateDirect(4).put("wide".getBytes()).flip();
        driver.log(new LogEntry(direct.asReadOnlyBuffer(), Stream.STDOUT, START.getEpochSecond(), 0, null));
        driver.close();
    }

    @Test
    void closingTwiceIsClosingOnce() throws IOException {
        LogDriver driver = open(Map.of());
        driver.log(line(1, "x"));
        driver.close();
        driver.close();
    }

    /** One entry, kept beyond the sink's call. */
    protected record Kept(Stream stream, Instant time, byte[] bytes, @Nullable Partial partial) {
        static Kept of(LogEntry entry) {
            byte[] bytes = new byte[entry.line().remaining()];
            entry.line().duplicate().get(bytes);
            return new Kept(entry.stream(), Instant.ofEpochSecond(entry.epochSecond(), entry.nano()), bytes, entry.partial());
        }

        /** The text, with the numbers of pieces. */
        public String text() {
            String text = new String(bytes, StandardCharsets.UTF_8);
            return partial == null ? text : text + "#" + partial.ordinal() + (partial.last() ? "." : "+");
        }

        void whole(byte[] expected) {
            assertNull(partial);
            assertTrue(Arrays.equals(expected, bytes), () -> "expected " + expected.length + " bytes, got " + bytes.length);
        }
    }
}
