package dev.caisson.core.engine;

import dev.caisson.HostReport;
import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.core.cgroup.CgroupLayout;
import dev.caisson.core.cgroup.Hierarchy;
import dev.caisson.core.cgroup.LeftOut;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.core.rootless.WorkerProcess;
import dev.caisson.linux.Errno;
import dev.caisson.linux.HostFacts;
import dev.caisson.linux.HostProbe;
import dev.caisson.linux.Landlock;
import dev.caisson.linux.Probe;
import dev.caisson.linux.deflate.Decoders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code Containers.check()}: what was probed, how much depends on it, and what would bring it. Leaves nothing, throws nothing. */
final class HostCheck {
    private static final Set<String> REQUIRED = Set.of("overlay", "openat2", "mount_setattr", "move_mount", "open_tree", "pidfd", "seccomp", "memfd",
            "mnt", "pid", "ipc", "uts", "net");
    private static final String PROFILE = " or newer; in a container, a seccomp profile that allows it";
    private static final Map<String, String> REMEDIES = Map.ofEntries(Map.entry("overlay", "modprobe overlay"),
            Map.entry("openat2", "Linux 5.6" + PROFILE),
            Map.entry("mount_setattr", "Linux 5.12" + PROFILE),
            Map.entry("move_mount", "Linux 5.2" + PROFILE),
            Map.entry("open_tree", "Linux 5.2" + PROFILE),
            Map.entry("close_range", "nothing need be done: descriptors are closed one by one instead, which takes longer"),
            Map.entry("pidfd", "Linux 5.4" + PROFILE),
            Map.entry("clone3", "nothing need be done: clone(2) is used instead"),
            Map.entry("memfd", "Linux 3.17" + PROFILE + "; sysctl -w vm.memfd_noexec=1 where it is 2"),
            Map.entry("seccomp", "a kernel with CONFIG_SECCOMP_FILTER"),
            Map.entry("userns", "sysctl -w user.max_user_namespaces=15000"),
            Map.entry("landlock", "boot with lsm=landlock,…; sandbox() does without"),
            Map.entry("idmapped mounts", "Linux 5.12" + PROFILE + "; userns(…) and sandbox() need it"),
            Map.entry("copy of a detached mount", "Linux 6.15 or newer; without it run() and restart() copy the root mount in a mount namespace apart, which takes longer"),
            Map.entry("mount namespace of a pidfd", "Linux 6.11 or newer; without it an exit takes longer"));

    private HostCheck() {}

    /** Without an engine. */
    static HostReport report() {
        if (!WorkerProcess.needed()) {
            return report(leftOut(), Drivers.foundNetworkFindings(), Optional.empty(), Optional.empty());
        }
        try (Powers powers = Powers.ofThisProcess()) {
            return report(leftOut(), List.of(), Optional.of(powers), Optional.empty());
        } catch (UnsupportedOnThisHost e) {
            Finding none = new Finding("rootless", Grade.REQUIRED, false, e.what(), e.remedy());
            return report(leftOut(), List.of(), Optional.empty(), Optional.of(none));
        }
    }

    private static List<LeftOut> leftOut() {
        CgroupLayout layout = CgroupLayout.detect();
        List<LeftOut> leftOut = new ArrayList<>(layout.leftOut());
        layout.hierarchies().stream().filter(Hierarchy::readOnly).forEach(h -> leftOut.add(new LeftOut(h.label(), "mounted read-only at " + h.mountPoint(),
                "mount -o remount,rw " + h.mountPoint() + "; in a container: give it a writable cgroup mount")));
        return leftOut;
    }

    /** Of an engine, which knows what of the cgroups it could make its own, and its drivers. */
    static HostReport report(EngineGroups groups, List<Finding> engines, Powers powers) {
        return report(groups.leftOut(), engines, Optional.of(powers), Optional.empty());
    }

    /** @param powerless why an ordinary user has no powers at all. Then what he lacks, and what the kernel does not let him try, is a consequence, and no remedy of theirs would help: it is left out */
    private static HostReport report(List<LeftOut> cgroups, List<Finding> engines, Optional<Powers> powers, Optional<Finding> powerless) {
        HostFacts host = powers.map(p -> p.with(HostProbe::probe)).orElseGet(HostProbe::probe);
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding("kernel", Grade.OPTIONAL, true, host.kernelRelease() + " on " + host.architecture(), ""));
        findings.addAll(powerless.map(List::of).or(() -> powers.flatMap(Powers::ids).map(CapabilityCheck::rootless)).orElseGet(() -> CapabilityCheck.findings(host)));
        for (Probe probe : host.probes()) {
            if (powerless.isPresent() && probe.errno() == Errno.EPERM) {
                continue;
            }
            Grade grade = REQUIRED.contains(probe.name()) ? Grade.REQUIRED : Grade.OPTIONAL;
            String remedy = probe.name().equals("idmapped mounts") && powers.isPresent() && powers.get().rootless() ? "run the JVM as root; only userns(…) needs it"
                    : REMEDIES.getOrDefault(probe.name(), namespaceRemedy(probe.name()));
            findings.add(new Finding(probe.name(), grade, probe.available(), probe.how() + (probe.cause().isEmpty() ? "" : ": " + probe.cause()),
                    probe.available() ? "" : remedy));
        }
        findings.add(landlockAlone());
        findings.add(InflateCheck.finding(Decoders.wanted(), Decoders::isalProblem));
        findings.addAll(SurroundingsCheck.findings());
        boolean any = host.cgroups() != HostFacts.CgroupMode.NONE;
        findings.add(new Finding("cgroups", Grade.RECOMMENDED, any, "mode " + host.cgroups() + " (/proc/self/mountinfo)",
                any ? "" : "mount -t cgroup2 none /sys/fs/cgroup; without cgroups there are no limits"));
        for (LeftOut left : cgroups) {
            findings.add(new Finding("cgroup " + left.what(), Grade.RECOMMENDED, false, left.cause(), left.remedy()));
        }
        findings.addAll(engines);
        return new HostReport(findings);
    }

    /** What is left to a sandbox where namespaces are forbidden. */
    private static Finding landlockAlone() {
        int abi = Landlock.abi();
        boolean enough = abi >= LandlockRun.LEAST_ABI;
        String detail = enough ? "sandbox(SandboxTier.LANDLOCK) works where namespaces are forbidden: Landlock ABI " + abi
                + (abi < LandlockRun.WITH_SIGNALS ? ", which does not know signals: they are denied" : "") : "Landlock " + (abi == 0 ? "is not there" : "has ABI " + abi)
                + ", so where namespaces are forbidden there is no sandbox at all";
        return new Finding("sandbox without namespaces", Grade.OPTIONAL, enough, detail + " (landlock_create_ruleset)", enough ? "" : "Linux 6.2 or newer, booted with lsm=landlock,…");
    }

    private static String namespaceRemedy(String name) {
        return Set.of("mnt", "pid", "ipc", "uts", "net", "cgroup", "timens").contains(name)
                ? "a kernel with that namespace, and sysctl -w user.max_" + (name.equals("timens") ? "time" : name) + "_namespaces=15000" : "";
    }
}
