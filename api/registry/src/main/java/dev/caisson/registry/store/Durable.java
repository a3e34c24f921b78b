package dev.caisson.registry.store;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Changes of a directory tree that are there, whole, when the call returns, whatever happens then. */
final class Durable {
    private Durable() {}

    /** Makes a directory and those above it. */
    static void directories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        directories(directory.getParent());
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            return; // another thread's; it syncs
        }
        sync(directory.getParent());
    }

    /** Gives a file that is synced its name. */
    static void rename(Path from, Path to) throws IOException {
        directories(to.getParent());
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        sync(to.getParent());
    }

    /** Writes a small file, replacing one of this name. */
    static void write(Path temporary, Path file, byte[] content) throws IOException {
        Path draft = temporary.resolve(UUID.randomUUID().toString());
        try {
            try (FileOutputStream out = new FileOutputStream(draft.toFile())) {
                out.write(content);
                out.getFD().sync();
            }
            rename(draft, file);
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
    }

    /** Makes an empty file, unless it is there. */
    static void mark(Path file) throws IOException {
        directories(file.getParent());
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // Synced all the same: who made it may not have come so far yet.
        }
        sync(file.getParent());
    }

    /** Removes a file. @return false if there was none */
    static boolean delete(Path file) throws IOException {
        try {
            Files.delete(file);
        } catch (NoSuchFileException e) {
            return false;
        }
        sync(file.getParent());
        return true;
    }

    static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
