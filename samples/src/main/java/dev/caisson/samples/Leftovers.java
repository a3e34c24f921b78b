package dev.caisson.samples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;

/**
 * What an engine could leave on the host: processes of this JVM, network interfaces, and mounts and cgroups that carry the engine's name.
 *
 * @param found one line each
 */
record Leftovers(List<String> found) {
    private static final String NAME = "caisson";

    /** What is there now; of processes, only those below this JVM. */
    static Leftovers now() {
        TreeSet<String> found = new TreeSet<>();
        ProcessHandle.current().descendants().forEach(p -> found.add("process " + p.pid() + " " + p.info().command().orElse("")));
        try {
            Files.readAllLines(Path.of("/proc/self/mountinfo")).stream().filter(line -> line.contains(NAME)).forEach(line -> found.add("mount " + line));
            NetworkInterface.networkInterfaces().forEach(i -> found.add("interface " + i.getName()));
            cgroups(found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Leftovers(List.copyOf(found));
    }

    /** What has come since and does not go within a time. */
    List<String> newSince(Duration grace) throws InterruptedException {
        long end = System.nanoTime() + grace.toNanos();
        while (true) {
            List<String> left = now().found().stream().filter(line -> !found.contains(line)).toList();
            if (left.isEmpty() || System.nanoTime() > end) {
                return left;
            }
            Thread.sleep(50);
        }
    }

    private static void cgroups(TreeSet<String> found) throws IOException {
        Files.walkFileTree(Path.of("/sys/fs/cgroup"), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (String.valueOf(directory.getFileName()).contains(NAME)) {
                    found.add("cgroup " + directory);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
