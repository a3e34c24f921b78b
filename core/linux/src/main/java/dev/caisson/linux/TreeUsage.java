package dev.caisson.linux;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.RESOLVE_BENEATH;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_SYMLINKS;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * What a tree takes on disk, a file with several links counted once.
 *
 * @param bytes allocated
 * @param inodes files, directories and links
 */
public record TreeUsage(long bytes, long inodes) {
    /** Counts everything below an open directory, and itself. */
    public static TreeUsage of(Fd root) {
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
        return new TreeUsage(bytes, inodes);
    }
}
