package dev.caisson.storage.layers;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.RESOLVE_BENEATH;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_SYMLINKS;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.spi.storage.StorageDriver.Usage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** What a tree takes on disk: allocated blocks, a file with several links once. */
final class TreeUsage {
    private TreeUsage() {}

    static Usage of(Fd root) {
        long bytes = FileCalls.fstat(root).blocks() * 512;
        long inodes = 1;
        Set<Long> linked = new HashSet<>();
        Deque<String> directories = new ArrayDeque<>();
        directories.push(".");
        while (!directories.isEmpty()) {
            String path = directories.pop();
            try (Fd directory = FileCalls.openat2(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)) {
                for (Directory.Entry entry : Directory.list(directory)) {
                    Stat stat = FileCalls.fstatat(directory, entry.name(), AT_SYMLINK_NOFOLLOW);
                    if (stat.isDirectory()) {
                        directories.push(path + "/" + entry.name());
                    }
                    if (stat.isDirectory() || stat.nlink() == 1 || linked.add(stat.ino())) {
                        bytes += stat.blocks() * 512;
                        inodes++;
                    }
                }
            }
        }
        return new Usage(bytes, inodes);
    }
}
