package dev.caisson.core.rootless;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What lets an ordinary user have a user namespace: the lines for what this host says it forbids, or, where it does not say, all there is. */
final class NamespaceRemedy {
    private static final String MAX = "sysctl -w user.max_user_namespaces=15000";
    private static final String CLONE = "sysctl -w kernel.unprivileged_userns_clone=1";
    private static final String OTHERWISE = "; or run the JVM as root. A sandbox of hostRoot() may do without: sandbox(SandboxTier.LANDLOCK)";

    private final Path sysctls;

    /** @param sysctls /proc/sys */
    NamespaceRemedy(Path sysctls) {
        this.sysctls = sysctls;
    }

    /** @param java the program that makes the namespace, or begins the one that does */
    String text(String java) {
        List<String> lines = new ArrayList<>();
        if (is("user/max_user_namespaces", "0")) {
            lines.add(MAX);
        }
        if (is("user/max_mnt_namespaces", "0")) {
            lines.add("sysctl -w user.max_mnt_namespaces=15000");
        }
        if (is("kernel/unprivileged_userns_clone", "0")) {
            lines.add(CLONE);
        }
        if (is("kernel/apparmor_restrict_unprivileged_userns", "1")) {
            lines.add(profile(java) + " (or for every program: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)");
        }
        if (!lines.isEmpty()) {
            return "allow user namespaces, as root: " + String.join("; and ", lines) + OTHERWISE;
        }
        return "allow user namespaces: " + MAX + ", " + CLONE.replace("sysctl -w ", "") + " (Debian), kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile with 'userns,' for " + java
                + " (Ubuntu); in a container, a seccomp profile that allows unshare" + OTHERWISE;
    }

    /** Of Ubuntu 23.10 and later. What java starts without a profile of its own inherits it, so the engine's worker has it too. */
    private static String profile(String java) {
        return "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile caisson-java \"" + java.replace("%", "%%") + "\" flags=(unconfined) {\\n  userns,\\n}\\n' >/etc/apparmor.d/caisson-java"
                + " && apparmor_parser -r /etc/apparmor.d/caisson-java";
    }

    private boolean is(String sysctl, String value) {
        try {
            return Files.readString(sysctls.resolve(sysctl), StandardCharsets.US_ASCII).strip().equals(value);
        } catch (IOException e) {
            return false; // a kernel without it forbids nothing by it
        }
    }
}
