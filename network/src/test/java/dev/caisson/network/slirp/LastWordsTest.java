package dev.caisson.network.slirp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs that carry say is read, and kept as far as it explains their end. */
class LastWordsTest {
    /** More than a pipe holds. */
    private static final String CHAT = "yes on and on | head -c 1000000 >&2; ";
    private static final int PATIENCE_SECONDS = 60;

    private final BlockingQueue<String> unexpected = new LinkedBlockingQueue<>();
    private LastWords words;

    private Process run(String script) throws IOException {
        Process process = new ProcessBuilder("/bin/sh", "-c", script).start();
        words = LastWords.of(process, unexpected::add);
        return process;
    }

    @Test
    void whoSaysMuchDoesNotWaitAndItsLastLineIsKept() throws Exception {
        Process process = run(CHAT + "echo 'no way out' >&2; echo 'Failed to connect to syslog' >&2");
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it waits for who reads");
        words.end();
        assertEquals("no way out", unexpected.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertTrue(words.text().endsWith("on and on; no way out"), words.text());
        assertTrue(words.text().length() < 8192, "not all of it");
    }

    @Test
    void whatIsExpectedIsNotTold() throws Exception {
        Process process = run("echo ready >&2; read x");
        words.expect();
        process.getOutputStream().close();
        process.waitFor();
        words.end();
        assertTrue(unexpected.isEmpty(), unexpected.toString());
        assertEquals("ready", words.text());
    }

    @Test
    void nothingSaid() throws Exception {
        run("exit 3").waitFor();
        assertEquals("", unexpected.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals("", words.text());
    }

    /** A pasta that gives up is explained by what it said last, however much it said before. */
    @Test
    void pasta(@TempDir Path directory) throws IOException {
        Path program = Files.writeString(directory.resolve("pasta"), "#!/bin/sh\n" + CHAT + "echo 'No routable interface' >&2\nexit 1\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        IOException failed = assertThrows(IOException.class, () -> new Pasta().begin(program, (int) ProcessHandle.current().pid(), directory, List.of(), () -> { }));
        assertTrue(failed.getMessage().startsWith("pasta ended: ") && failed.getMessage().endsWith("; No routable interface"), failed.getMessage());
        assertFalse(failed.getMessage().contains("\n"), failed.getMessage());
    }
}
