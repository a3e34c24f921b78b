package dev.caisson.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The smallest useful root file system: one static busybox and links to it; removed by {@link #close()}.
 *
 * @param directory the root
 */
record BusyboxRootfs(Path directory) implements AutoCloseable {
    private static final Path BUSYBOX = Path.of("/bin/busybox");

    /**
     * Makes one of the host's busybox.
     *
     * @throws IllegalStateException if the host has none
     */
    static BusyboxRootfs make() throws IOException {
        if (!Files.isExecutable(BUSYBOX)) {
            throw new IllegalStateException(BUSYBOX + " is missing; apt-get install busybox-static brings it");
        }
        Path root = Files.createTempDirectory("caisson-busybox-");
        // A temporary directory is its owner's alone; a root must be searchable by every user of the container.
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path bin = Files.createDirectories(root.resolve("bin"));
        Files.copy(BUSYBOX, bin.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String applet : Commands.run(List.of(BUSYBOX.toString(), "--list")).lines().toList()) {
            if (!applet.equals("busybox")) {
                Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
            }
        }
        return new BusyboxRootfs(root);
    }

    @Override
    public void close() throws IOException {
        Directories.remove(directory);
    }
}
