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

    /** That of containers in the JVM's own PID namespace. */
    static long outside(long jvm) {
        return all(jvm).stream().filter(pid -> namespace(pid).equals(namespace(jvm))).findFirst().orElseThrow(() -> new AssertionError("JVM " + jvm + " has no guard outside"));
    }

    private static String namespace(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    private static boolean isGuard(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/exe")).toString().startsWith("/memfd:caisson-guard");
        } catch (IOException gone) {
            return false;
        }
    }

    static void signal(long pid, int signal) {
        Processes.kill((int) pid, signal);
    }
}
