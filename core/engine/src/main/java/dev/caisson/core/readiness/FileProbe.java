package dev.caisson.core.readiness;

import dev.caisson.Readiness;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.nio.file.Path;

/** Looks in the container's own view of its files, mounts included; links lead nowhere else. */
final class FileProbe implements Probe {
    private final Readiness.File wanted;
    private final Watched watched;

    FileProbe(Readiness.File wanted, Watched watched) {
        this.wanted = wanted;
        this.watched = watched;
    }

    @Override
    public String pending() {
        int pid = watched.container().pid();
        if (pid == 0) {
            return wanted.toString();
        }
        // Without O_NOFOLLOW: this link is the kernel's own and leads to the root of that process, whoever is it.
        try (SafeRoot root = SafeRoot.of(FileCalls.open(Path.of("/proc/" + pid + "/root"), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0))) {
            return root.stat(wanted.path(), false).isPresent() ? "" : wanted.toString();
        } catch (SyscallException e) {
            return wanted + " (" + e.getMessage() + ")";
        }
    }
}
