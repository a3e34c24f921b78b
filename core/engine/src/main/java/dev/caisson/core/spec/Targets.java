package dev.caisson.core.spec;

import dev.caisson.InvalidSpec;
import java.util.Set;

/** Where mounts may go inside a container. */
public final class Targets {
    /** What runc lets be mounted below /proc ({@code checkProcMount}). */
    private static final Set<String> PROC = Set.of("/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
            "/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled");

    private Targets() {}

    /**
     * The target without empty, {@code .} and {@code ..} components, by text.
     *
     * @throws InvalidSpec if it is /proc, or below it and not one of the files that may be replaced: a container's view of its own identity must be the kernel's
     */
    public static String clean(String target) {
        java.util.ArrayDeque<String> parts = new java.util.ArrayDeque<>();
        for (String part : target.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        String path = "/" + String.join("/", parts);
        if (path.equals("/proc") || path.startsWith("/proc/") && !PROC.contains(path)) {
            throw new InvalidSpec("mount on \"" + target + "\"", "covers /proc, by which a container's processes know themselves", "mount it elsewhere");
        }
        if (path.equals("/")) {
            throw new InvalidSpec("mount on \"" + target + "\"", "covers the root itself", "use rootfs(Path)");
        }
        return path;
    }
}
