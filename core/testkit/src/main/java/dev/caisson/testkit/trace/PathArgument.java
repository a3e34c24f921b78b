package dev.caisson.testkit.trace;

import java.util.List;
import java.util.Map;

/**
 * Where a call takes a path: the index of its directory descriptor, or {@link #NO_DIRECTORY}, and of the string. {@code execve} is
 * missing on purpose: the container's program is meant to be found in the container's root.
 */
record PathArgument(int directory, int path) {
    static final int NO_DIRECTORY = -1;

    private static final List<PathArgument> AT = List.of(new PathArgument(0, 1));
    private static final List<PathArgument> TWO_AT = List.of(new PathArgument(0, 1), new PathArgument(2, 3));
    private static final List<PathArgument> FIRST = List.of(new PathArgument(NO_DIRECTORY, 0));
    private static final List<PathArgument> SECOND = List.of(new PathArgument(NO_DIRECTORY, 1));
    private static final List<PathArgument> BOTH = List.of(new PathArgument(NO_DIRECTORY, 0), new PathArgument(NO_DIRECTORY, 1));

    private static final Map<String, List<PathArgument>> CALLS = Map.ofEntries(
            Map.entry("openat", AT), Map.entry("openat2", AT), Map.entry("mkdirat", AT), Map.entry("mknodat", AT), Map.entry("unlinkat", AT), Map.entry("fchownat", AT),
            Map.entry("fchmodat", AT), Map.entry("fchmodat2", AT), Map.entry("newfstatat", AT), Map.entry("fstatat64", AT), Map.entry("statx", AT), Map.entry("readlinkat", AT),
            Map.entry("faccessat", AT), Map.entry("faccessat2", AT), Map.entry("utimensat", AT), Map.entry("futimesat", AT), Map.entry("name_to_handle_at", AT),
            Map.entry("open_tree", AT), Map.entry("mount_setattr", AT), Map.entry("fspick", AT), Map.entry("symlinkat", List.of(new PathArgument(1, 2))),
            Map.entry("linkat", TWO_AT), Map.entry("renameat", TWO_AT), Map.entry("renameat2", TWO_AT), Map.entry("move_mount", TWO_AT),
            Map.entry("open", FIRST), Map.entry("creat", FIRST), Map.entry("stat", FIRST), Map.entry("lstat", FIRST), Map.entry("access", FIRST), Map.entry("mkdir", FIRST),
            Map.entry("rmdir", FIRST), Map.entry("unlink", FIRST), Map.entry("readlink", FIRST), Map.entry("chmod", FIRST), Map.entry("chown", FIRST), Map.entry("lchown", FIRST),
            Map.entry("mknod", FIRST), Map.entry("truncate", FIRST), Map.entry("statfs", FIRST), Map.entry("chdir", FIRST), Map.entry("chroot", FIRST), Map.entry("umount2", FIRST),
            Map.entry("utime", FIRST), Map.entry("utimes", FIRST), Map.entry("setxattr", FIRST), Map.entry("lsetxattr", FIRST), Map.entry("getxattr", FIRST), Map.entry("lgetxattr", FIRST),
            Map.entry("listxattr", FIRST), Map.entry("llistxattr", FIRST), Map.entry("removexattr", FIRST), Map.entry("lremovexattr", FIRST), Map.entry("inotify_add_watch", SECOND),
            Map.entry("rename", BOTH), Map.entry("link", BOTH), Map.entry("mount", BOTH), Map.entry("pivot_root", BOTH), Map.entry("symlink", SECOND));

    /** Empty for a call that takes no path. */
    static List<PathArgument> of(String call) {
        return CALLS.getOrDefault(call, List.of());
    }
}
