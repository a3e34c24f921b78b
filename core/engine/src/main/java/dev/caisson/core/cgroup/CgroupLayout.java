package dev.caisson.core.cgroup;

import dev.caisson.linux.MountEntry;
import dev.caisson.linux.Mountinfo;
import dev.caisson.linux.PathBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which cgroup hierarchies this process is in, where they are mounted, and where in them it is.
 *
 * @param hierarchies those that are mounted and in which the JVM's own cgroup is visible; v1 in the order of {@code /proc/self/cgroup}, v2 last
 * @param leftOut the others
 */
public record CgroupLayout(List<Hierarchy> hierarchies, List<LeftOut> leftOut) {
    public CgroupLayout {
        hierarchies = List.copyOf(hierarchies);
        leftOut = List.copyOf(leftOut);
    }

    /** Of this process. */
    public static CgroupLayout detect() {
        try {
            return detect(text(Path.of("/proc/self/mountinfo")), text(Path.of("/proc/self/cgroup")));
        } catch (IOException e) {
            throw new UncheckedIOException("reading /proc/self/mountinfo and /proc/self/cgroup", e);
        }
    }

    /** Names in it may be any bytes, such as of a disk that somebody has mounted. */
    static String text(Path file) throws IOException {
        return PathBytes.decode(Files.readAllBytes(file));
    }

    /**
     * @param mountinfo as {@code /proc/self/mountinfo}, see proc_pid_mountinfo(5)
     * @param selfCgroup as {@code /proc/self/cgroup}, see cgroups(7)
     */
    public static CgroupLayout detect(String mountinfo, String selfCgroup) {
        Map<String, MountEntry> mounts = mounts(mountinfo);
        List<Hierarchy> v1 = new ArrayList<>();
        List<Hierarchy> v2 = new ArrayList<>();
        List<LeftOut> out = new ArrayList<>();
        for (String line : selfCgroup.split("\n")) {
            String[] field = line.split(":", 3);
            if (field.length < 3) {
                continue;
            }
            boolean unified = field[1].isEmpty();
            List<String> controllers = unified ? List.of() : List.of(field[1].split(","));
            Optional<Hierarchy> found = mounts.values().stream()
                    .filter(m -> m.type().equals(unified ? "cgroup2" : "cgroup") && List.of(m.superOptions().split(",")).containsAll(controllers))
                    .flatMap(m -> below(m.root(), field[2]).map(own -> new Hierarchy(unified, controllers, m.target(), own, m.hasOption("ro"))).stream())
                    // A container runtime may show the same hierarchy twice, once read-only: the first that can be written wins.
                    .reduce((a, b) -> a.readOnly() && !b.readOnly() ? b : a);
            found.ifPresentOrElse(h -> (unified ? v2 : v1).add(h), () -> out.add(unreachable(unified, field[1], field[2])));
        }
        v1.addAll(v2);
        return new CgroupLayout(v1, out);
    }

    private static LeftOut unreachable(boolean unified, String controllers, String path) {
        String what = unified ? "cgroup2" : controllers;
        return new LeftOut(what, "the JVM's own cgroup " + path + " is in no mount of it that /proc/self/mountinfo shows",
                unified ? "mount -t cgroup2 none /sys/fs/cgroup/unified" : "mount -t cgroup -o " + controllers + " none /sys/fs/cgroup/" + controllers);
    }

    /** By mount point; a later mount hides an earlier one. */
    private static Map<String, MountEntry> mounts(String mountinfo) {
        Map<String, MountEntry> mounts = new LinkedHashMap<>();
        for (MountEntry mount : Mountinfo.parse(mountinfo)) {
            String target = mount.target();
            if (mount.type().equals("cgroup") || mount.type().equals("cgroup2")) {
                mounts.put(target, mount);
            } else {
                mounts.keySet().removeIf(t -> t.equals(target) || t.startsWith(target.endsWith("/") ? target : target + "/"));
            }
        }
        return mounts;
    }

    /** Where a cgroup is below a mount of the subtree at root; empty if it is outside, or if a cgroup namespace hides the way ({@code /..}). */
    private static Optional<String> below(String root, String cgroup) {
        if (Arrays.asList(root.split("/")).contains("..") || Arrays.asList(cgroup.split("/")).contains("..")) {
            return Optional.empty();
        }
        String prefix = root.equals("/") ? "" : root;
        if (cgroup.equals(prefix) || cgroup.equals("/") && prefix.isEmpty()) {
            return Optional.of("");
        }
        return cgroup.startsWith(prefix + "/") ? Optional.of(cgroup.substring(prefix.length() + 1)) : Optional.empty();
    }
}
