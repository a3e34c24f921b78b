package dev.caisson.samples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs programs of the host. */
final class Commands {
    private Commands() {}

    /**
     * Runs a program to its end.
     *
     * @return what it wrote to standard output; its standard error is ours
     * @throws IllegalStateException if it is missing or exits with anything but 0
     */
    static String run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": exit " + code);
            }
            return output;
        } catch (IOException e) {
            throw new IllegalStateException(command.get(0) + " cannot be run; apt-get install " + command.get(0) + " brings it where Debian has it", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + command.get(0) + " ran", e);
        }
    }
}
