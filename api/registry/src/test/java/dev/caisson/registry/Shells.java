package dev.caisson.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Lines of shell. */
final class Shells {
    private Shells() {}

    /** Runs one that must succeed, and returns what it prints. */
    static String run(String script) {
        String[] output = new String[1];
        int code = code(script, output);
        if (code != 0) {
            throw new AssertionError(script + ": exit " + code + "\n" + output[0]);
        }
        return output[0];
    }

    /** Runs one that must fail, and returns what it prints. */
    static String fails(String script) {
        String[] output = new String[1];
        if (code(script, output) == 0) {
            throw new AssertionError(script + " did not fail\n" + output[0]);
        }
        return output[0];
    }

    private static int code(String script, String[] output) {
        try {
            Process process = new ProcessBuilder("sh", "-ec", script).redirectErrorStream(true).start();
            process.getOutputStream().close();
            output[0] = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
