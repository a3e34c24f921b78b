package dev.caisson.testkit.shapes;

import dev.caisson.testkit.rootfs.NativeProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mounted file system that shows a directory of the host, but for one name: from some lookup of it on, it is what lies there under another name, perhaps for a
 * while only. So a directory becomes a symbolic link, a file a FIFO, exactly between the look that judged it and the look that uses it. Needs root and
 * {@code /dev/fuse}. The kernel asks again at each walk (and twice where the last answer no longer holds).
 *
 * <p>It is mounted in the mount namespace of this JVM, by a process of its own; {@link #close} unmounts and ends it, and with it everything that hangs in it.
 */
public final class ShapeShifter implements AutoCloseable {
    /** More than any one thing that is tried looks a name up. */
    private static final int MOST_LOOKUPS = 200;

    private final Path mountPoint;
    private final Path program;
    private final Process process;
    private final BufferedReader answers;

    private ShapeShifter(Path mountPoint, Path program, Process process) {
        this.mountPoint = mountPoint;
        this.program = program;
        this.process = process;
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    /**
     * @param backing what it shows
     * @param mountPoint an existing directory
     * @param name in whatever directory it is looked up
     * @param other the name of its other shape, in the same directory; listings leave it out
     */
    public static ShapeShifter mount(Path backing, Path mountPoint, String name, String other) {
        try {
            Path program = NativeProgram.SHIFTER.copyTo(Files.createTempFile("caisson-shifter", ""));
            Process process = new ProcessBuilder(program.toString(), backing.toString(), mountPoint.toString(), name, other).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            ShapeShifter shifter = new ShapeShifter(mountPoint, program, process);
            shifter.answer();
            return shifter;
        } catch (IOException e) {
            throw new UncheckedIOException("mount a shape shifter at " + mountPoint, e);
        }
    }

    /** Where it is mounted. */
    public Path path() {
        return mountPoint;
    }

    /** Counts lookups from none again; those from number {@code from} (the first is 1) until before {@code until} find the other shape. */
    public void shift(int from, int until) {
        ask("shift " + from + " " + until);
    }

    /** It keeps the first shape. */
    public void still() {
        shift(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /** How often the kernel has looked the name up since {@link #shift}. */
    public int lookups() {
        return ask("count");
    }

    /**
     * Does the same thing with a shift at every lookup it makes: for good, and so that the first shape comes back after one, two, or three lookups. Of two walks
     * that follow a change, one has two lookups, so with three a look and the look that confirms it both find the other shape, and the next one does not.
     *
     * @return at how many lookups it was shifted
     */
    public int everywhere(Runnable attempt) {
        for (int from = 1; from < MOST_LOOKUPS; from++) {
            boolean reached = false;
            for (int until : new int[] {Integer.MAX_VALUE, from + 1, from + 2, from + 3}) {
                shift(from, until);
                attempt.run();
                reached |= lookups() >= from;
            }
            if (!reached) {
                return from - 1;
            }
        }
        throw new AssertionError("a name was looked up " + MOST_LOOKUPS + " times");
    }

    private int ask(String command) {
        try {
            process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            return answer();
        } catch (IOException e) {
            throw new UncheckedIOException(command, e);
        }
    }

    private int answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the shape shifter at " + mountPoint + " has ended");
        }
        return Integer.parseInt(line);
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            answers.close();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("the shape shifter at " + mountPoint + " ended with " + process.exitValue());
            }
            Files.delete(program);
        } catch (IOException e) {
            throw new UncheckedIOException("unmount the shape shifter at " + mountPoint, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
