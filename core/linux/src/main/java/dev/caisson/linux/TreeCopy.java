package dev.caisson.linux;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_EXCL;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_WRONLY;
import static dev.caisson.linux.Fcntl.RESOLVE_BENEATH;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_SYMLINKS;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A copy of a directory tree with everything that {@code cp -a} keeps: owners, modes, times, extended attributes, hard links,
 * holes, device nodes. No symbolic link is followed, on either side.
 */
public final class TreeCopy {
    private final Fd source;
    private final Fd target;
    private final Owners owners;
    private final Map<Long, String> linked = new HashMap<>();

    /** Whose files they are in the copy. */
    public interface Owners {
        /** The same. */
        Owners SAME = new Owners() { };

        default int user(int user) {
            return user;
        }

        default int group(int group) {
            return group;
        }
    }

    private TreeCopy(Fd source, Fd target, Owners owners) {
        this.source = source;
        this.target = target;
        this.owners = owners;
    }

    /**
     * Copies the content and the attributes of one open directory into another, which is empty.
     *
     * @param source may not change meanwhile
     */
    public static void copy(Fd source, Fd target) {
        copy(source, target, Owners.SAME);
    }

    /** The same with other owners. */
    public static void copy(Fd source, Fd target, Owners owners) {
        TreeCopy copy = new TreeCopy(source, target, owners);
        // Directories get their attributes last, deepest first: making an entry changes the time, a read-only mode may refuse it.
        List<String> directories = new ArrayList<>(List.of("."));
        for (int i = 0; i < directories.size(); i++) {
            copy.entries(directories.get(i), directories);
        }
        for (int i = directories.size() - 1; i >= 0; i--) {
            try (Fd from = open(source, directories.get(i)); Fd to = open(target, directories.get(i))) {
                copy.attributes(from, to, FileCalls.fstat(from));
            }
        }
    }

    private static Fd open(Fd root, String path) {
        return FileCalls.openat2(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    private void entries(String path, List<String> directories) {
        try (Fd from = open(source, path); Fd to = open(target, path)) {
            for (Directory.Entry entry : Directory.list(from)) {
                String name = entry.name();
                Stat stat = FileCalls.fstatat(from, name, AT_SYMLINK_NOFOLLOW);
                String child = path + "/" + name;
                if (stat.isDirectory()) {
                    FileCalls.mkdirat(to, name, 0700);
                    directories.add(child);
                } else if (stat.nlink() > 1 && linked.containsKey(stat.ino())) {
                    FileCalls.linkat(target, linked.get(stat.ino()), to, name, 0);
                } else {
                    linked.put(stat.ino(), child);
                    node(from, to, name, stat);
                }
            }
        }
    }

    private void node(Fd from, Fd to, String name, Stat stat) {
        if (stat.isRegular()) {
            try (Fd in = FileCalls.openat(from, name, O_RDONLY | O_NOFOLLOW, 0);
                    Fd out = FileCalls.openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)) {
                FileCopy.copy(in, out, stat.size());
                attributes(in, out, stat);
            }
            return;
        }
        if (stat.isSymlink()) {
            FileCalls.symlinkat(FileCalls.readlinkat(from, name), to, name);
        } else {
            FileCalls.mknodat(to, name, stat.type() | 0600, stat.rdevMajor(), stat.rdevMinor());
        }
        FileCalls.fchownat(to, name, owners.user(stat.uid()), owners.group(stat.gid()), AT_SYMLINK_NOFOLLOW);
        if (!stat.isSymlink()) {
            FileCalls.fchmodat2(to, name, stat.permissions(), AT_SYMLINK_NOFOLLOW);
        }
        for (String attribute : Xattrs.llistxattr(from, name)) {
            Xattrs.lgetxattr(from, name, attribute).ifPresent(value -> kept(() -> Xattrs.lsetxattr(to, name, attribute, value, 0)));
        }
        FileCalls.utimensat(to, name, stat.atimeSec(), stat.atimeNsec(), stat.mtimeSec(), stat.mtimeNsec(), AT_SYMLINK_NOFOLLOW);
    }

    private void attributes(Fd from, Fd to, Stat stat) {
        // The owner first: chown(2) takes set-uid bits and security.capability away.
        FileCalls.fchownat(to, "", owners.user(stat.uid()), owners.group(stat.gid()), AT_EMPTY_PATH);
        FileCalls.fchmodat2(to, "", stat.permissions(), AT_EMPTY_PATH);
        for (String attribute : Xattrs.listxattr(from)) {
            Xattrs.getxattr(from, attribute).ifPresent(value -> kept(() -> Xattrs.setxattr(to, attribute, value, 0)));
        }
        FileCalls.utimensat(to, "", stat.atimeSec(), stat.atimeNsec(), stat.mtimeSec(), stat.mtimeNsec(), AT_EMPTY_PATH);
    }

    /** The label of a security module is the host's affair: where it may not be set, the copy has the default one. */
    private static void kept(Runnable set) {
        try {
            set.run();
        } catch (SyscallException e) {
            if (!e.is(Errno.EOPNOTSUPP) && !(e.is(Errno.EPERM, Errno.EACCES) && e.getMessage().contains("security.selinux"))) {
                throw e;
            }
        }
    }
}
