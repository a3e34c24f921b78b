package dev.caisson.testkit.leak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Programs that make something to be found. */
final class Commands {
    private Commands() {}

    /** Runs to the end, which must be a success. */
    static void run(String... command) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), () -> String.join(" ", command));
    }

    /** Returns once the program has printed something. */
    static Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertTrue(process.getInputStream().read() > 0, () -> String.join(" ", command));
        return process;
    }

    /** Kills it with its children, waits for it, closes its streams. */
    static void end(Process process) throws IOException, InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        process.getInputStream().close();
        process.getOutputStream().close();
    }
}
