package dev.caisson.core.engine;

import dev.caisson.HostReport;
import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.core.cgroup.CgroupLayout;
import dev.caisson.core.cgroup.LeftOut;
import dev.caisson.linux.HostFacts;
import dev.caisson.linux.HostProbe;
import dev.caisson.linux.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code Containers.check()}: what was probed, how much depends on it, and what would bring it. */
final class HostCheck {
    private static final int SYS_ADMIN = 21;
    private static final Set<String> REQUIRED = Set.of("overlay", "openat2", "mount_setattr", "move_mount", "open_tree", "close_range", "pidfd", "seccomp");
    private static final Map<String, String> REMEDIES = Map.ofEntries(Map.entry("overlay", "modprobe overlay"),
            Map.entry("openat2", "Linux 5.6 or newer; in a container, a seccomp profile that knows openat2"),
            Map.entry("mount_setattr", "Linux 5.12 or newer; in a container, a seccomp profile that knows mount_setattr"),
            Map.entry("move_mount", "Linux 5.2 or newer; in a container, a seccomp profile that allows move_mount"),
            Map.entry("open_tree", "Linux 5.2 or newer; in a container, a seccomp profile that allows open_tree"),
            Map.entry("close_range", "Linux 5.9 or newer"), Map.entry("pidfd", "Linux 5.4 or newer"), Map.entry("seccomp", "a kernel with CONFIG_SECCOMP_FILTER"),
            Map.entry("userns", "sysctl -w user.max_user_namespaces=15000; on Ubuntu 24.04 an AppArmor profile that allows userns"),
            Map.entry("memfd_noexec", "sysctl -w vm.memfd_noexec=0"), Map.entry("landlock", "boot with lsm=landlock,…"));

    private HostCheck() {}

    /** Without an engine. */
    static HostReport report() {
        return report(CgroupLayout.detect().leftOut());
    }

    /** Of an engine, which knows what of the cgroups it could make its own. */
    static HostReport report(EngineGroups groups) {
        return report(groups.leftOut());
    }

    private static HostReport report(List<LeftOut> cgroups) {
        HostFacts host = HostProbe.probe();
        List<Finding> findings = new ArrayList<>();
        boolean admin = host.hasCapability(SYS_ADMIN);
        findings.add(new Finding("privilege", Grade.REQUIRED, admin, admin ? "CAP_SYS_ADMIN is effective (/proc/self/status)"
                : "CAP_SYS_ADMIN is not effective (/proc/self/status)", admin ? "" : "run the JVM as root; containers without root are not supported by this version"));
        findings.add(new Finding("kernel", Grade.OPTIONAL, true, host.kernelRelease() + " on " + host.architecture(), ""));
        for (Probe probe : host.probes()) {
            findings.add(new Finding(probe.name(), REQUIRED.contains(probe.name()) ? Grade.REQUIRED : Grade.OPTIONAL, probe.available(),
                    probe.how() + (probe.cause().isEmpty() ? "" : ": " + probe.cause()), probe.available() ? "" : REMEDIES.getOrDefault(probe.name(), "")));
        }
        findings.add(new Finding("cgroups", Grade.RECOMMENDED, host.cgroups() != HostFacts.CgroupMode.NONE, "mode " + host.cgroups(),
                host.cgroups() == HostFacts.CgroupMode.NONE ? "mount -t cgroup2 none /sys/fs/cgroup" : ""));
        for (LeftOut left : cgroups) {
            findings.add(new Finding("cgroup " + left.what(), Grade.RECOMMENDED, false, left.cause(), left.remedy()));
        }
        return new HostReport(findings);
    }
}
