package dev.caisson.host.crash;

import dev.caisson.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the guard of a JVM: a child of it, whose executable is the memfd. */
final class Guards {
    private Guards() {}

    static ProcessHandle of(long jvm) {
        return ProcessHandle.of(jvm).stream().flatMap(ProcessHandle::children).filter(Guards::isGuard).findFirst()
                .orElseThrow(() -> new AssertionError("JVM " + jvm + " has no guard"));
    }

    /** The guards of all engines of a JVM. */
    static Set<Long> all(long jvm) {
        return ProcessHandle.of(jvm).stream().flatMap(ProcessHandle::children).filter(Guards::isGuard).map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    private static boolean isGuard(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/exe")).toString().startsWith("/memfd:caisson-guard");
        } catch (IOException gone) {
            return false;
        }
    }

    /** How many descriptors it has open; 0 from the moment on at which it is as good as dead. */
    static int descriptors(long pid) {
        String[] open = new java.io.File("/proc/" + pid + "/fd").list();
        return open == null ? 0 : open.length;
    }

    static void signal(long pid, int signal) {
        Processes.kill((int) pid, signal);
    }
}
