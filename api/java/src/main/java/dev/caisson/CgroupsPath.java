package dev.caisson;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code linux.cgroupsPath} of a bundle (config-linux.md, "Cgroups Path"): components that are plain names, of which none leads up. */
final class CgroupsPath {
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST = 2048; // of a path of the kernel's, 4096, with what the engine may write below it

    private CgroupsPath() {}

    static void check(BundleObject linux) {
        String path = linux.text("cgroupsPath");
        String wrong = wrong(path);
        if (!wrong.isEmpty()) {
            linux.wrong("cgroupsPath", wrong, systemds(path) ? "give a path, such as /" + path.replaceFirst("^:", "system.slice:").replace(':', '/') : "give one such as /group/name, or leave it out");
        }
    }

    /** {@return "" for one that can be taken, or none} */
    static String wrong(String path) {
        if (path.isEmpty()) {
            return "";
        }
        String shown = path.replaceAll("\\p{Cntrl}", "?");
        if (systemds(path)) {
            return "is '" + shown + "', slice, prefix and name of a unit of systemd's: no systemd is asked to make cgroups";
        }
        String[] names = Arrays.stream(path.split("/")).filter(name -> !name.isEmpty()).toArray(String[]::new);
        if (names.length == 0) {
            return "is '" + shown + "', which names no cgroup";
        }
        for (String name : names) {
            if (name.equals("..") || name.equals(".")) {
                return "is '" + shown + "', with a component '" + name + "'";
            }
            if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME || name.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
                return "is '" + shown + "', with a component that is longer than " + LONGEST_NAME + " bytes or has control characters";
            }
        }
        return path.getBytes(StandardCharsets.UTF_8).length > LONGEST ? "is longer than " + LONGEST + " bytes" : "";
    }

    /** {@code slice:prefix:name}, as runc and crun take it with {@code --systemd-cgroup}. */
    private static boolean systemds(String path) {
        return path.matches("[^/:]*:[^/:]*:[^/:]+");
    }
}
