package dev.caisson.testkit.leak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Reading /proc and the like, where any file may vanish between two calls: what is gone reads as empty. */
final class Proc {
    private Proc() {}

    static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException gone) {
            return "";
        }
    }

    static List<String> lines(String file) {
        return text(Path.of(file)).lines().collect(Collectors.toList());
    }

    static List<Path> entries(Path directory) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (IOException | DirectoryIteratorException gone) {
            return entries;
        }
        return entries;
    }

    static String link(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    /** The /proc directories of all processes. */
    static List<Path> processes() {
        return entries(Path.of("/proc")).stream()
                .filter(path -> path.getFileName().toString().chars().allMatch(Character::isDigit)).collect(Collectors.toList());
    }
}
