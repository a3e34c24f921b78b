package dev.caisson.network.ports;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Who listens on a TCP port of this network namespace, for an error that says so. */
public final class PortHolder {
    private static final String LISTEN = "0A";
    private static final int LOCAL = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private PortHolder() {}

    /** {@code pid 42 (nginx)}, or "another process" where /proc does not tell. */
    public static String of(int port) {
        try {
            Set<String> sockets = new HashSet<>();
            for (String table : List.of("/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6")) {
                if (Files.exists(Path.of(table))) {
                    sockets.addAll(inodes(Files.readAllLines(Path.of(table)), port));
                }
            }
            return sockets.isEmpty() ? "another process" : process(sockets);
        } catch (IOException | UncheckedIOException e) {
            return "another process";
        }
    }

    /** The listening sockets of a port in a table of proc(5), as links of /proc/PID/fd name them. */
    static Set<String> inodes(List<String> table, int port) {
        String suffix = String.format(Locale.ROOT, ":%04X", port);
        Set<String> found = new HashSet<>();
        for (String line : table) {
            String[] words = line.strip().split("\\s+");
            if (words.length > INODE && words[LOCAL].endsWith(suffix) && words[STATE].equals(LISTEN)) {
                found.add("socket:[" + words[INODE] + "]");
            }
        }
        return found;
    }

    private static String process(Set<String> sockets) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process.resolve("fd"), sockets)) {
                    byte[] name = Files.readAllBytes(process.resolve("comm"));
                    return "pid " + process.getFileName() + " (" + new String(name, StandardCharsets.UTF_8).strip() + ")";
                }
            }
        }
        return "another process";
    }

    private static boolean holds(Path descriptors, Set<String> sockets) {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(descriptors)) {
            for (Path descriptor : open) {
                if (Files.isSymbolicLink(descriptor) && sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return false; // it ended, or is another user's
        }
        return false;
    }
}
