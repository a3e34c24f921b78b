package dev.caisson.samples;

import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerTimeout;
import dev.caisson.Containers;
import dev.caisson.Execution;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs programs one would not run: every way out, and every way to exhaust the host, is closed by a line of the builder. */
public final class UntrustedCode {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private UntrustedCode() {}

    /** Runs five attacks and says how each ended. */
    public static void main(String[] args) throws IOException {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            attacks().forEach((name, script) -> System.out.printf("%-16s %s%n", name, outcome(busybox.directory(), script)));
        }
    }

    /** What each script is after, in ash. */
    static Map<String, String> attacks() {
        Map<String, String> attacks = new LinkedHashMap<>();
        attacks.put("eat memory", "x=x; while :; do x=$x$x; done");
        attacks.put("fork forever", "while :; do sleep 60 & done");
        attacks.put("never end", "echo working; sleep 3600");
        attacks.put("call home", "wget -q -O - http://192.0.2.1/");
        attacks.put("change the root", "echo owned > /bin/sh");
        return attacks;
    }

    static String outcome(Path rootfs, String script) {
        try {
            Execution execution = sandbox(rootfs).command("sh", "-c", script).execute();
            return execution.status() + ": " + execution.stderr().lines().reduce((first, last) -> last).orElse("");
        } catch (ContainerTimeout e) {
            return "killed after " + e.timeout().toSeconds() + " s; so far it said: " + e.partial().map(p -> p.stdout().strip()).orElse("");
        }
    }

    private static ContainerBuilder sandbox(Path rootfs) {
        return Containers.rootfs(rootfs).sandbox()
                .memory("64m").pids(32).cpus(0.5)
                .outputLimit(1 << 20).timeout(TIMEOUT);
    }
}
