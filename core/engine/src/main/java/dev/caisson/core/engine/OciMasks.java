package dev.caisson.core.engine;

import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.Targets;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code linux.maskedPaths} and {@code linux.readonlyPaths} of a bundle: what is not there hides nothing. */
final class OciMasks {
    private OciMasks() {}

    /** Below /proc and /sys it is the kernel's doing what is there, elsewhere the root's. */
    static List<PlanInput.Masked> masked(List<String> paths, Fd root) {
        List<PlanInput.Masked> masked = new ArrayList<>();
        for (String path : normal(paths)) {
            if (path.startsWith("/proc/") || path.startsWith("/sys/")) {
                if (Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS)) {
                    masked.add(new PlanInput.Masked(path, Files.isDirectory(Path.of(path))));
                }
            } else {
                try (Fd file = FileCalls.openat2(root, path, Fcntl.O_PATH, 0, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS)) {
                    masked.add(new PlanInput.Masked(path, (FileCalls.fstat(file).mode() & Fcntl.S_IFMT) == Fcntl.S_IFDIR));
                } catch (SyscallException e) {
                    if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
                        throw e;
                    }
                }
            }
        }
        return masked;
    }

    static List<String> normal(List<String> paths) {
        return paths.stream().map(Targets::normal).distinct().toList();
    }
}
