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
import java.util.Map;
import java.util.Set;

/** Who has a port of this network namespace, for an error that says so. */
public final class PortHolder {
    /** The state of a socket that listens, and of one of UDP that is not connected. */
    private static final Map<String, String> STATES = Map.of("tcp", "0A", "udp", "07");
    private static final int LOCAL = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private PortHolder() {}

    /** {@code pid 42 (nginx)}, or "another process" where /proc does not tell. */
    public static String of(int port, String protocol) {
        try {
            Set<String> sockets = new HashSet<>();
            for (String table : List.of("/proc/thread-self/net/" + protocol, "/proc/thread-self/net/" + protocol + "6")) {
                if (Files.exists(Path.of(table))) {
                    sockets.addAll(inodes(Files.readAllLines(Path.of(table)), port, STATES.getOrDefault(protocol, "")));
                }
            }
            return sockets.isEmpty() ? "another process" : process(sockets);
        } catch (IOException | UncheckedIOException e) {
            return "another process";
        }
    }

    /** The sockets of a port in a table of proc(5) that are in a state, as links of /proc/PID/fd name them. */
    static Set<String> inodes(List<String> table, int port, String state) {
        String suffix = String.format(Locale.ROOT, ":%04X", port);
        Set<String> found = new HashSet<>();
        for (String line : table) {
            String[] words = line.strip().split("\\s+");
            if (words.length > INODE && words[LOCAL].endsWith(suffix) && words[STATE].equals(state)) {
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
