package dev.caisson.core.landlock;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Landlock;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which files of the host a program can open: a list of what is allowed, since Landlock knows no exceptions below a directory. A directory that holds something hidden
 * is allowed entry by entry, and cannot be listed itself.
 */
public final class Reach {
    /** Where programs and their settings are (hier(7)). */
    static final List<Path> PROGRAMS = List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/etc").stream().map(Path::of).toList();
    /** What many programs cannot do without, and nothing of which is about one process. */
    static final List<Path> KERNEL = List.of("cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "uptime", "version", "sys/kernel/osrelease", "sys/kernel/ostype",
            "sys/kernel/pid_max", "sys/kernel/random/uuid", "sys/kernel/random/boot_id", "sys/vm/overcommit_memory").stream().map(p -> Path.of("/proc", p)).toList();
    private static final List<Path> DEVICES = List.of("null", "zero", "full", "random", "urandom").stream().map(p -> Path.of("/dev", p)).toList();
    private static final long READ = Landlock.FS_READ_FILE | Landlock.FS_READ_DIR | Landlock.FS_EXECUTE;
    private static final int WITH_NET = 4;
    private static final int WITH_SCOPES = 6;

    private Reach() {}

    /**
     * The ruleset. The descriptor is the caller's.
     *
     * @param more what can be read besides programs and /etc, wherever it is
     * @param hidden what of those cannot
     * @param scratch the one directory that can be written
     */
    public static Fd ruleset(List<Path> more, List<Path> hidden, Path scratch, int abi) {
        long all = Landlock.fs(abi);
        Fd ruleset = Landlock.ruleset(all, abi >= WITH_NET ? Landlock.NET_BIND_TCP | Landlock.NET_CONNECT_TCP : 0,
                abi >= WITH_SCOPES ? Landlock.SCOPE_ABSTRACT_UNIX_SOCKET | Landlock.SCOPE_SIGNAL : 0);
        try {
            for (Path path : allowed(PROGRAMS, hidden)) {
                allow(ruleset, path, READ);
            }
            for (Path path : more) {
                allow(ruleset, path, READ);
            }
            for (Path file : KERNEL) {
                allow(ruleset, file, READ);
            }
            for (Path device : DEVICES) {
                allow(ruleset, device, Landlock.FS_READ_FILE | Landlock.FS_WRITE_FILE);
            }
            allow(ruleset, scratch, all & ~(Landlock.FS_MAKE_CHAR | Landlock.FS_MAKE_BLOCK | Landlock.FS_IOCTL_DEV));
            return ruleset;
        } catch (RuntimeException e) {
            ruleset.close();
            throw e;
        }
    }

    /** The trees to be allowed, so that nothing hidden is in one. Symbolic links below the roots give nothing: what they lead to is allowed where it is, or not. */
    static List<Path> allowed(List<Path> roots, List<Path> hidden) {
        Set<Path> reals = new TreeSet<>();
        for (Path root : roots) {
            try {
                reals.add(root.toRealPath()); // /bin is a link to /usr/bin on most
            } catch (IOException e) {
                // there is none here
            }
        }
        List<Path> allowed = new ArrayList<>();
        for (Path real : reals) {
            if (reals.stream().noneMatch(other -> !other.equals(real) && real.startsWith(other))) {
                split(real, hidden, allowed);
            }
        }
        return allowed;
    }

    private static void split(Path tree, List<Path> hidden, List<Path> allowed) {
        if (hidden.stream().anyMatch(tree::startsWith)) {
            return;
        }
        if (hidden.stream().noneMatch(h -> h.startsWith(tree))) {
            allowed.add(tree);
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(tree)) {
            for (Path entry : entries) {
                if (!Files.isSymbolicLink(entry)) {
                    split(entry, hidden, allowed);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // it is no directory, or not for this user either: what it holds is not allowed
        }
    }

    private static void allow(Fd ruleset, Path path, long rights) {
        try (Fd opened = FileCalls.open(path, Fcntl.O_PATH, 0)) {
            Stat stat = FileCalls.fstat(opened);
            Landlock.allow(ruleset, opened, stat.isDirectory() ? rights : rights & Landlock.OF_FILES);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES)) { // it is not there, or not for this user either
                throw e;
            }
        }
    }
}
