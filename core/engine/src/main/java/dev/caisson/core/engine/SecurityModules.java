package dev.caisson.core.engine;

import dev.caisson.ContainerSpec.Labels;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** AppArmor and SELinux: whether the kernel has them, and what a process writes to be known by a label from its next execve(2) on (apparmor(7), selinux(8)). */
final class SecurityModules {
    private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
    private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");
    /** Since Linux 5.8, where another module may have the common file. */
    private static final String OWN_FILE = "attr/apparmor/exec";
    private static final String COMMON_FILE = "attr/exec";

    private SecurityModules() {}

    static boolean apparmor() {
        return HostContext.read(APPARMOR, "").startsWith("Y");
    }

    static boolean selinux() {
        return Files.exists(SELINUX);
    }

    /**
     * File below /proc/self to text.
     *
     * @throws UnsupportedOnThisHost if the kernel does not have the module that a label is for: it is never left out silently
     */
    static Map<String, String> labels(Labels asked) {
        Map<String, String> labels = new TreeMap<>();
        if (!asked.apparmor().isEmpty() && !asked.apparmor().equals(Labels.UNCONFINED)) {
            require(apparmor(), "apparmor(\"" + asked.apparmor() + "\")", "AppArmor", APPARMOR, "boot with apparmor=1 security=apparmor");
            labels.put(Files.exists(Path.of("/proc/self", OWN_FILE)) ? OWN_FILE : COMMON_FILE, "exec " + asked.apparmor());
        }
        if (!asked.selinux().isEmpty()) {
            require(selinux(), "selinux(\"" + asked.selinux() + "\")", "SELinux", SELINUX, "boot with security=selinux and a policy, and mount selinuxfs on /sys/fs/selinux");
            if (labels.putIfAbsent(COMMON_FILE, asked.selinux()) != null) {
                throw new UnsupportedOnThisHost(Stage.VALIDATE, "this kernel cannot have apparmor(…) and selinux(…) for one process", "give one of them");
            }
        }
        return labels;
    }

    private static void require(boolean there, String setting, String module, Path where, String remedy) {
        if (!there) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, setting + " is not possible: " + module + " is not active in this kernel (" + where + ")", "leave it out, or " + remedy);
        }
    }
}
