package dev.caisson.host.posture;

import dev.caisson.testkit.rootfs.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What an observer says of the process it is, with everything taken out that differs from run to run and from host to host: numbers of inodes and devices, names of
 * directories, the sizes of this machine. What is left is what the engine decides.
 */
record Posture(List<String> lines) {
    /** What the observer is asked for. */
    static final String[] COMMANDS = {"ids", "+", "caps", "+", "confinement", "+", "inherited", "+", "namespaces", "+", "limits", "+", "cwd", "+", "fds", "+", "env", "+", "mounts"};

    /**
     * @param seen by a process in a container
     * @param host what the same observer says of itself on the host
     * @param id the container's, which is its host name
     */
    static Posture of(Observation seen, Observation host, String id) {
        List<String> lines = new ArrayList<>();
        TreeSet<String> cgroups = new TreeSet<>();
        seen.values().forEach((key, value) -> {
            if (key.startsWith("mount.")) {
                mount(value, lines, cgroups);
            } else {
                String said = value(key, value, seen, host);
                if (!said.isEmpty()) {
                    lines.add(key + " " + said.replace(id, "ID"));
                }
            }
        });
        lines.addAll(cgroups);
        return new Posture(List.copyOf(lines));
    }

    private static String value(String key, String value, Observation seen, Observation host) {
        if (key.startsWith("ns.")) {
            return value.equals(host.values().get(key)) ? "the host's" : "its own";
        }
        if (key.startsWith("rlimit.")) {
            return limits(value, host.get(key));
        }
        if (key.equals("keyring.session") && value.matches("-?\\d+")) {
            return value.equals(host.values().get(key)) ? "the host's" : "its own";
        }
        if (key.startsWith("cap.") && Long.bitCount(Long.parseUnsignedLong(value, 16)) > 20) {
            return value.equals(host.get("cap.permitted")) ? "all the host's root has" : value;
        }
        if (key.matches("(uid|gid)_map.*")) {
            return value.replaceFirst("^(\\d+) [1-9]\\d* ", "$1 OUTSIDE ");
        }
        if (key.equals("mounts")) {
            return "";
        }
        if (key.startsWith("fd.")) {
            return value.replaceAll("\\[\\d+\\]", "[N]").replaceAll(" [0-9a-f]+:\\d+$", "");
        }
        if (key.endsWith(".inode")) {
            return key.equals("cwd.inode") ? value.equals(seen.get("root.inode")) ? "the root's" : "another" : "";
        }
        return key.matches("pid|ppid|sid|pgid|threads") && value.length() > 2 ? "N" : value.equals(host.values().get("cpus")) ? "all" : value;
    }

    private static String limits(String value, String host) {
        String[] own = value.split(":");
        String hard = host.split(":")[1];
        return (own[0].equals(hard) && hard.matches("\\d+") ? "the host's hard" : own[0]) + ":" + (own[1].equals(hard) && hard.matches("\\d+") ? "the host's hard" : own[1]);
    }

    /** {@code target options type super-options}, without ids, without names of the host. */
    private static void mount(String line, List<String> lines, TreeSet<String> cgroups) {
        String[] halves = line.split(" - ", 2);
        String[] own = halves[0].split(" ");
        String[] kind = halves[1].split(" ");
        String propagation = own.length > 6 ? " " + own[6].replaceAll("\\d+", "N") : "";
        if (own[4].startsWith("/sys/fs/cgroup/")) {
            cgroups.add("mount /sys/fs/cgroup/CONTROLLER " + own[5] + propagation + " cgroup");
            return;
        }
        String within = own[3].equals("/") ? "" : " from " + own[3].replaceAll(".*/", "…/");
        // The host's own device nodes are seen by binds; how large its file system may be is the host's.
        lines.add("mount " + own[4] + " " + own[5] + propagation + " " + kind[0] + within + (kind[0].equals("devtmpfs") ? "" : options(kind[kind.length - 1])));
    }

    private static String options(String all) {
        TreeSet<String> kept = new TreeSet<>();
        for (String option : all.split(",")) {
            if (option.matches("ro|(size|mode|gid|ptmxmode|hidepid|subset|nr_inodes)=.*|userxattr|metacopy=.*|redirect_dir=.*|index=.*")) {
                kept.add(option.replaceAll("gid=\\d{5,}", "gid=OUTSIDE"));
            }
        }
        return kept.isEmpty() ? "" : " " + String.join(",", kept);
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }
}
