package dev.caisson.benchmarks;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts a command by {@link ProcessBuilder} in a JVM of its own: the JDK's launch mechanism is chosen once in a JVM's life, and one peer needs a mount
 * namespace of its own. All JVMs have the same heap settings.
 */
final class ProcessLauncher extends PeerProcess {
    /**
     * Starts the JVM.
     *
     * @param mechanism value of {@code jdk.lang.Process.launchMechanism}: {@code POSIX_SPAWN} (the default) or {@code VFORK}
     * @param wrapper what the JVM's command line is appended to; empty for nothing
     * @param command what it starts
     */
    ProcessLauncher(String name, String mechanism, List<String> wrapper, List<String> command) throws IOException {
        super(name, line(mechanism, wrapper, command));
    }

    private static List<String> line(String mechanism, List<String> wrapper, List<String> command) {
        List<String> line = new ArrayList<>(wrapper);
        line.addAll(List.of(ProcessHandle.current().info().command().orElse("java"), "-Djdk.lang.Process.launchMechanism=" + mechanism,
                "-cp", System.getProperty("java.class.path"), ProcessLauncher.class.getName()));
        line.addAll(command);
        return line;
    }

    /** The JVM's side: a request byte in, a duration out, until end of file. */
    public static void main(String[] command) throws IOException, InterruptedException {
        DataOutputStream answers = new DataOutputStream(System.out);
        while (System.in.read() >= 0) {
            long start = System.nanoTime();
            Process process = new ProcessBuilder(command).start();
            int code = process.waitFor();
            long took = System.nanoTime() - start;
            if (code != 0) {
                System.err.write(process.getErrorStream().readAllBytes());
                throw new IOException(String.join(" ", command) + ": exit " + code);
            }
            process.destroy();
            answers.writeLong(took);
            answers.flush();
        }
    }
}
