package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.linux.SafeRoot;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories of engines, which others of the same root make and remove at the same time. */
final class HomeDirectories {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private HomeDirectories() {}

    /** Makes a directory, unless it is there. @param mode of the directory itself, such as {@code rwx------} */
    static void make(Path directory, String mode) throws IOException {
        if (!Files.isDirectory(directory)) {
            parents(directory);
            try {
                Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                return; // another engine was quicker
            }
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
        }
    }

    /** With a mode of their own: below a JVM's umask of 0 anybody could rename in them what is ours. */
    private static void parents(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            parents(parent);
            try {
                Files.createDirectory(parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            } catch (FileAlreadyExistsException e) {
                // another engine was quicker
            }
        }
    }

    /** What went wrong in one of them. @param tried as in "could not make the log of container web" */
    static EngineProblem problem(Stage stage, String tried, IOException e) {
        return new EngineProblem(stage, "could not " + tried + ": " + e, "the engine's root and run directories are to be left alone by others, and to be writable, on file systems with free space", e);
    }

    /** Removes a directory with all that is in it. */
    static void remove(Path parent, String name) {
        if (Files.exists(parent)) {
            try (SafeRoot directory = SafeRoot.open(parent)) {
                directory.removeTree(name);
            }
        }
    }

    /** For what others may still use. */
    static void removeIfEmpty(Path directory) {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.debug("{} stays: {}", directory, e.toString()); // another engine uses it
        }
    }
}
