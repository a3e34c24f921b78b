package dev.caisson.testkit.rootfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The static programs in this jar, built from {@code src/main/c} for the architecture the build ran on. */
public enum NativeProgram {
    /** Observes a container from inside; without operands it lists its sub-commands. */
    OBSERVER("caisson-observer"),
    /** Succeeds, without libc and start-up: 0.5 KiB, for measuring a launch. */
    TRUE("caisson-true"),
    /** A FUSE file system that changes shape between lookups; {@link dev.caisson.testkit.shapes.ShapeShifter} speaks to it. */
    SHIFTER("caisson-shifter");

    private final String fileName;

    NativeProgram(String fileName) {
        this.fileName = fileName;
    }

    /** Copies the program to {@code target} (mode 0755), replacing what is there. Returns {@code target}. */
    public Path copyTo(Path target) {
        String resource = "/META-INF/native/linux-" + machine() + "/" + fileName;
        try (InputStream program = NativeProgram.class.getResourceAsStream(resource)) {
            if (program == null) {
                throw new IllegalStateException("No " + resource + " on the class path; build core/testkit on this architecture (gcc and make).");
            }
            Files.copy(program, target, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException("copy " + fileName + " to " + target, e);
        }
    }

    /** As {@code uname -m} prints it. */
    private static String machine() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") ? "x86_64" : arch;
    }
}
