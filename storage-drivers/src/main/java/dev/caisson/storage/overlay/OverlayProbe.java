package dev.caisson.storage.overlay;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_EXCL;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_PATH;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_WRONLY;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.StatFs;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import dev.caisson.linux.Xattrs;
import dev.caisson.linux.overlay.Whiteouts;
import dev.caisson.spi.Availability;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/**
 * Whether overlayfs works in a directory: mounts one there, detached, deletes a file through it and looks for the whiteout.
 * The mount is never in the mount table and goes with its descriptor; the directories are removed again.
 */
final class OverlayProbe {
    private static final Map<Long, String> NAMES = Map.of(
            StatFs.OVERLAYFS, "overlay", StatFs.TMPFS, "tmpfs", StatFs.EXT4, "ext4", StatFs.XFS, "xfs", StatFs.BTRFS, "btrfs",
            StatFs.NFS, "nfs", StatFs.FUSE, "fuse", StatFs.ZFS, "zfs", StatFs.AUFS, "aufs");

    /** fsconfig(2) takes strings of at most 255 bytes. */
    private static final int MAX_OPTION = 255;
    private static final int LONGEST_NAME = "/upper".length();

    private OverlayProbe() {}

    static Availability probe(Path root) {
        String fileSystem = "an unknown file system";
        try (SafeRoot directory = SafeRoot.open(root)) {
            long type = FileCalls.statfs(directory.fd()).type();
            fileSystem = NAMES.getOrDefault(type, "file system 0x" + Long.toHexString(type));
            String name = "probe-" + UUID.randomUUID();
            try {
                FileCalls.mkdirat(directory.fd(), name, 0700);
                return tryIn(directory.fd(), root, name);
            } finally {
                directory.removeTree(name);
            }
        } catch (SyscallException e) {
            return Availability.no("overlay on " + fileSystem + " in " + root + ": " + e.getMessage(), remedy(e, fileSystem));
        }
    }

    private static Availability tryIn(Fd root, Path path, String name) {
        try (Fd here = FileCalls.openat(root, name, O_PATH | O_DIRECTORY, 0)) {
            FileCalls.mkdirat(here, "lower", 0755);
            FileCalls.mkdirat(here, "upper", 0755);
            FileCalls.mkdirat(here, "work", 0700);
            FileCalls.openat(here, "lower/file", O_WRONLY | O_CREAT | O_EXCL, 0644).close();
            try (Fd mount = mount(base(path.resolve(name).toString(), here)); Fd upper = FileCalls.openat(here, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
                // Opaque directories and ownership of capabilities need trusted.* and security.*: refused on NFS and old FUSE.
                Xattrs.setxattr(upper, Whiteouts.opaque() + ".caisson.probe", new byte[] {'y'}, 0);
                FileCalls.unlinkat(mount, "file", 0);
                return judge(upper);
            }
        }
    }

    private static Availability judge(Fd upper) {
        if (!Whiteouts.isWhiteout(FileCalls.fstatat(upper, "file", AT_SYMLINK_NOFOLLOW))) {
            return Availability.no("overlay made no whiteout (character device 0:0) for a deleted file", "mount the file system without nodev quirks, or use vfs");
        }
        for (Directory.Entry entry : Directory.list(upper)) {
            if (entry.type() == Directory.DT_UNKNOWN) {
                return Availability.no("the file system below does not tell file types in directories (d_type)",
                        "make it again with: mkfs.xfs -n ftype=1");
            }
        }
        return Availability.yes();
    }

    /** Through /proc/self/fd: paths of any length, on any kernel. But before Linux 6.5 overlayfs looks them up when a worker has those descriptors no more. */
    private static String base(String path, Fd here) {
        boolean plain = path.length() + LONGEST_NAME <= MAX_OPTION && path.chars().allMatch(c -> c > ' ' && c < 0x7f && ":,\\".indexOf(c) < 0);
        return plain && Worker.present() ? path : "/proc/self/fd/" + here.value();
    }

    private static Fd mount(String base) {
        try (Fd fs = Mounts.fsopen("overlay")) {
            Mounts.fsconfigString(fs, "lowerdir", base + "/lower");
            Mounts.fsconfigString(fs, "upperdir", base + "/upper");
            Mounts.fsconfigString(fs, "workdir", base + "/work");
            if (Worker.present()) {
                Mounts.fsconfigFlag(fs, "userxattr");
            }
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, 0);
        }
    }

    /** @param fileSystem the name of that below, "" if it does not matter */
    static String remedy(SyscallException e, String fileSystem) {
        if (e.is(Errno.ENODEV)) {
            return "load the module: modprobe overlay";
        }
        if (e.is(Errno.EPERM, Errno.EACCES)) {
            return "run as root, or give the JVM CAP_SYS_ADMIN and CAP_MKNOD";
        }
        if (e.is(Errno.ENOSPC, Errno.EROFS, Errno.ENOENT)) {
            return "choose another directory with Engine.builder().root(…)";
        }
        if (e.is(Errno.EINVAL, Errno.EOPNOTSUPP) && !fileSystem.isEmpty()) {
            return "put the engine's root on ext4, xfs or btrfs with Engine.builder().root(…)"
                    + (fileSystem.equals("overlay") ? ", in a container e.g. on a volume" : "") + ", or use the storage driver vfs";
        }
        return "";
    }
}
