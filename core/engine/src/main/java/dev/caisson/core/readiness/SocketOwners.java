package dev.caisson.core.readiness;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** Whose a socket is, where containers share a network namespace. */
final class SocketOwners {
    private SocketOwners() {}

    /** Whether a process of the PID namespace of {@code pid} holds one of these sockets. */
    static boolean anyIn(int pid, Set<Long> inodes) {
        Set<String> wanted = inodes.stream().map(i -> "socket:[" + i + "]").collect(Collectors.toSet());
        String namespace = link(Path.of("/proc/" + pid + "/ns/pid"));
        if (namespace.isEmpty()) {
            return false;
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (namespace.equals(link(process.resolve("ns/pid"))) && holds(process, wanted)) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }

    private static boolean holds(Path process, Set<String> wanted) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (wanted.contains(link(descriptor))) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // it ended meanwhile
        }
        return false;
    }

    private static String link(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
