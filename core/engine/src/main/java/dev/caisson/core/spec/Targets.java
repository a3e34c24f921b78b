package dev.caisson.core.spec;

import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Where mounts may go inside a container. */
public final class Targets {
    /** What runc lets be mounted below /proc ({@code checkProcMount}). */
    private static final Set<String> PROC = Set.of("/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
            "/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled");

    private Targets() {}

    /** @throws InvalidSpec if two mounts have the same target: one of them would not be seen */
    public static void distinct(List<Mount> mounts) {
        Set<String> seen = new HashSet<>();
        for (Mount mount : mounts) {
            if (!seen.add(clean(mount.target()))) {
                throw new InvalidSpec("mount on \"" + mount.target() + "\"", "is one of two mounts with this target", "leave one of them out");
            }
        }
    }

    /**
     * The target without empty, {@code .} and {@code ..} components, by text.
     *
     * @throws InvalidSpec if it is /proc, or below it and not one of the files that may be replaced: a container's view of its own identity must be the kernel's
     */
    public static String clean(String target) {
        String path = normal(target);
        if (path.equals("/proc") || path.startsWith("/proc/") && !PROC.contains(path)) {
            throw new InvalidSpec("mount on \"" + target + "\"", "covers /proc, by which a container's processes know themselves", "mount it elsewhere");
        }
        if (path.equals("/")) {
            throw new InvalidSpec("mount on \"" + target + "\"", "covers the root itself", "use rootfs(Path)");
        }
        return path;
    }

    /** An absolute path without empty, {@code .} and {@code ..} components, by text, as docker cleans paths; the way up ends at the root. */
    public static String normal(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }
}
