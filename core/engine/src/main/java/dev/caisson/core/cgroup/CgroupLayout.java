package dev.caisson.core.cgroup;

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
import java.util.Set;

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

    /** One mount of a cgroup file system. */
    private record CgroupMount(boolean unified, String root, String target, boolean readOnly, Set<String> superOptions) {}

    /** Of this process. */
    public static CgroupLayout detect() {
        try {
            return detect(Files.readString(Path.of("/proc/self/mountinfo")), Files.readString(Path.of("/proc/self/cgroup")));
        } catch (IOException e) {
            throw new UncheckedIOException("reading /proc/self/mountinfo and /proc/self/cgroup", e);
        }
    }

    /**
     * @param mountinfo as {@code /proc/self/mountinfo}, see proc_pid_mountinfo(5)
     * @param selfCgroup as {@code /proc/self/cgroup}, see cgroups(7)
     */
    public static CgroupLayout detect(String mountinfo, String selfCgroup) {
        Map<String, CgroupMount> mounts = mounts(mountinfo);
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
                    .filter(m -> m.unified == unified && m.superOptions.containsAll(controllers))
                    .flatMap(m -> below(m.root, field[2]).map(own -> new Hierarchy(unified, controllers, m.target, own, m.readOnly)).stream())
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
    private static Map<String, CgroupMount> mounts(String mountinfo) {
        Map<String, CgroupMount> mounts = new LinkedHashMap<>();
        for (String line : mountinfo.split("\n")) {
            List<String> field = Arrays.asList(line.split(" "));
            int dash = field.size() > 6 ? field.subList(6, field.size()).indexOf("-") + 6 : -1;
            if (dash < 6 || field.size() < dash + 4) {
                continue;
            }
            String type = field.get(dash + 1);
            String target = unescape(field.get(4));
            if (type.equals("cgroup") || type.equals("cgroup2")) {
                Set<String> superOptions = Set.copyOf(Arrays.asList(unescape(field.get(dash + 3)).split(",")));
                boolean readOnly = Arrays.asList(field.get(5).split(",")).contains("ro") || superOptions.contains("ro");
                mounts.put(target, new CgroupMount(type.equals("cgroup2"), unescape(field.get(3)), target, readOnly, superOptions));
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

    /** The kernel writes space, tab, newline and backslash as three octal digits. */
    static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 3 < text.length() && text.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
