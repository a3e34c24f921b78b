package dev.caisson.logging.jsonfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.LoggingProblem;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogProvider;
import dev.caisson.testkit.conformance.LogReaderConformance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class JsonFileDriverTest extends LogReaderConformance {
    @Override
    protected LogProvider provider() {
        return new JsonFileProvider();
    }

    /** The format has no bytes: what is not UTF-8 becomes U+FFFD, one for each byte as in Go. */
    @Override
    protected byte[] readBack(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        java.nio.ByteBuffer in = java.nio.ByteBuffer.wrap(bytes);
        for (int at = 0; at < bytes.length; ) {
            int length = bytes[at] >= 0 ? 1 : Utf8.length(in, at, bytes.length);
            text.append(length == 0 ? "\ufffd" : new String(bytes, at, length, StandardCharsets.UTF_8));
            at += Math.max(1, length);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    protected Map<String, String> rotating() {
        return Map.of("max-size", "5k", "max-file", "6", "compress", "true");
    }

    private Path log() {
        return directory.resolve("root").resolve(subject().id() + "-json.log");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("root"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void theFileIsForItsGroupAtMost() throws IOException {
        open(Map.of());
        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(log())));
    }

    @Test
    void attributesAreTheLabelsVariablesAndTagAskedFor() throws IOException {
        LogDriver driver = open(Map.of("labels", "tier,none", "labels-regex", "^a\\.", "env", "tier", "env-regex", "^MO", "tag", "{{.Name}}/{{.ID}}"));
        driver.log(line(0, "hi"));
        assertEquals("{\"log\":\"hi\\n\",\"stream\":\"stdout\",\"attrs\":{\"MODE\":\"test\",\"a.b\":\"\\u003c1\\u003e\",\"tag\":\"web/0123456789ab\","
                + "\"tier\":\"env\"},\"time\":\"2024-05-01T10:00:00.12Z\"}\n", Files.readString(log()));
    }

    @Test
    void noFileExceedsMaxSizeAndNoMoreThanMaxFileAreKept() throws IOException {
        LogDriver driver = open(Map.of("max-size", "1k", "max-file", "3"));
        for (int i = 0; i < 1000; i++) {
            driver.log(line(i, "line " + i));
        }
        assertEquals(List.of(log(), Path.of(log() + ".1"), Path.of(log() + ".2")), files());
        for (Path file : files()) {
            assertTrue(Files.size(file) <= 1000, file + " has " + Files.size(file));
            assertTrue(Files.size(file) > 900 || file.equals(log()), "rotated when full: " + file + " has " + Files.size(file));
        }
    }

    @Test
    void oneFileIsBegunAgainWithoutCuttingOffAReader() throws IOException {
        LogDriver driver = open(Map.of("max-size", "200"));
        driver.log(line(0, "first"));
        try (var reader = Files.newInputStream(log())) {
            driver.log(line(1, "x".repeat(120)));
            assertEquals(1, files().size());
            assertTrue(new String(reader.readAllBytes()).contains("first"));
        }
        assertEquals(List.of("x".repeat(120)), texts(driver, -1, null, null));
    }

    @Test
    void rotatedFilesAreCompressedAndReadable() throws IOException {
        LogDriver driver = open(rotating());
        for (int i = 0; i < 400; i++) {
            driver.log(line(i, "line " + i));
        }
        driver.close();
        List<Path> files = files();
        assertEquals(6, files.size(), files.toString());
        assertEquals(5, files.stream().filter(f -> f.toString().endsWith(".gz")).count(), files.toString());
        try (var in = new GZIPInputStream(Files.newInputStream(Path.of(log() + ".1.gz")))) {
            assertTrue(new String(in.readAllBytes()).endsWith("\"}\n"));
        }
    }

    @Test
    void whatACrashToreIsCutOffBeforeTheNextLine() throws IOException {
        LogDriver driver = open(Map.of());
        driver.log(line(0, "whole"));
        driver.close();
        String whole = Files.readString(log());
        for (String torn : List.of("{\"log\":\"to", "x".repeat(200_000))) {
            Files.writeString(log(), torn, StandardOpenOption.APPEND);
            LogDriver next = open(Map.of());
            assertEquals(List.of("whole"), texts(next, 5, null, null));
            assertEquals(whole + torn, Files.readString(log()), "reading changes nothing: another engine may be writing");
            next.log(line(1, "next"));
            assertEquals(List.of("whole", "next"), texts(next, -1, null, null));
            next.close();
            Files.writeString(log(), whole);
        }
    }

    @Test
    void garbageBetweenLinesIsPassedOver() throws IOException {
        LogDriver driver = open(Map.of());
        driver.log(line(0, "one"));
        Files.writeString(log(), "{\"log\":1}\n\n\0\0\0\n[]\n{\"log\":\"no time\"}\n", StandardOpenOption.APPEND);
        driver.log(line(1, "two"));
        assertEquals(List.of("one", "two"), texts(driver, -1, null, null));
        assertEquals(List.of("one", "two"), texts(driver, 2, null, null));
    }

    @Test
    void aLinkInPlaceOfTheLogIsNotFollowed() throws IOException {
        // Row 114: log path replaced by a symbolic link, before opening and between rotations.
        Path canary = Files.writeString(directory.resolve("canary"), "alive");
        Files.createDirectories(log().getParent());
        Files.createSymbolicLink(log(), canary);
        LoggingProblem refused = assertThrows(LoggingProblem.class, () -> open(Map.of()));
        assertTrue(refused.getMessage().contains("ELOOP") && !refused.remedy().isEmpty(), refused.getMessage());
        Files.delete(log());
        LogDriver driver = open(Map.of("max-size", "200", "max-file", "3", "compress", "true"));
        for (int i = 0; i < 10; i++) {
            driver.log(line(i, "x".repeat(100)));
            Files.delete(log());
            Files.createSymbolicLink(log(), canary);
            Files.deleteIfExists(Path.of(log() + ".gz.tmp"));
            Files.createSymbolicLink(Path.of(log() + ".gz.tmp"), canary);
        }
        driver.close();
        assertEquals("alive", Files.readString(canary));
    }

    @Test
    void aDirectoryThatOthersWriteInIsRefused() throws IOException {
        Path shared = Files.createDirectories(directory.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwx---"));
        assertTrue(assertThrows(LoggingProblem.class, () -> open(Map.of(), shared)).getMessage().contains("chmod 0700"));
    }

    @Test
    void optionsAreRefusedAsDockerRefusesThem() {
        for (Map<String, String> wrong : List.of(Map.of("compress", "true"), Map.of("compress", "true", "max-size", "1m"),
                Map.of("compress", "true", "max-file", "3"), Map.of("max-size", "0"), Map.of("max-file", "0", "max-size", "1m"),
                Map.of("max-size", "much"), Map.of("tag", "{{.Nmae}}"), Map.of("labels-regex", "("))) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> open(wrong), wrong.toString());
            assertFalse(refused.problems().isEmpty());
        }
        String message = assertThrows(InvalidSpec.class, () -> open(Map.of("compress", "true", "max-file", "0", "max-size", "0"))).getMessage();
        assertTrue(message.contains("3 invalid settings"), message);
    }

    @Test
    void linesThatEscapesMakeLongComeBack() throws IOException {
        LogDriver driver = open(Map.of());
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String text = "\u0001".repeat(i * 3000);
            driver.log(line(i, text));
            expected.add(text);
        }
        assertEquals(expected, texts(driver, -1, null, null));
    }
}
