package dev.caisson.core.content;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file of the user's that is written whole or not at all: beside its place, and then there by rename(2). */
public final class WholeFile {
    private static final int BUFFER = 128 * 1024;
    /** Of the name; what is added must have room in 255 bytes. */
    private static final int SHOWN = 40;

    private WholeFile() {}

    /** Writes its content. */
    @FunctionalInterface
    public interface Content {
        void write(OutputStream out) throws IOException;
    }

    /**
     * Writes one. A link that is there stays one.
     *
     * @param doing for errors: "saving an image to"
     * @throws StorageProblem if it cannot be written, or there is something else than a file: a device or a pipe would be replaced
     */
    public static void write(Path file, Stage stage, String doing, Content content) {
        try {
            Path target = target(file, stage, doing);
            String name = String.valueOf(target.getFileName());
            Path temporary = Files.createTempFile(target.getParent(), "." + name.substring(0, Math.min(SHOWN, name.length())) + ".", ".part");
            try {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), BUFFER)) {
                    content.write(out);
                }
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new StorageProblem(stage, doing + " " + file + ": " + e, "check that the directory is there, writable and has space", e);
        }
    }

    private static Path target(Path file, Stage stage, String doing) throws IOException {
        if (!Files.exists(file)) {
            return file.toAbsolutePath();
        }
        if (!Files.isRegularFile(file)) {
            throw new StorageProblem(stage, doing + " " + file + ": it is there, and no regular file", "name a regular file, or one that is not there yet");
        }
        return file.toRealPath();
    }
}
