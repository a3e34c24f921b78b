package dev.caisson.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The close-on-exec descriptors of this JVM: ours, since the JDK opens its own (jars, sockets …) without that flag. */
final class Descriptors {
    private static final int CLOEXEC = 02000000;

    private Descriptors() {}

    static int count() {
        try (var numbers = Files.list(Path.of("/proc/self/fdinfo"))) {
            return (int) numbers.filter(Descriptors::ours).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean ours(Path info) {
        try {
            List<String> lines = Files.readAllLines(info);
            return lines.stream().anyMatch(line -> line.startsWith("flags:")
                    && (Integer.parseInt(line.substring(6).strip(), 8) & CLOEXEC) != 0);
        } catch (NoSuchFileException closedMeanwhile) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
