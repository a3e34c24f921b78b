package dev.caisson;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code sandbox()} makes of a spec: everything that was left open is closed, everything that would open it again is refused by name. */
final class SandboxPreset {
    static final long MEMORY = 512L << 20;
    static final long PIDS = 256;
    static final long FILE_SIZE = 256L << 20;
    static final long OUTPUT = 16L << 20;
    static final Duration TIME = Duration.ofSeconds(60);
    private static final String NOBODY = "65534:65534";
    private static final List<Path> HIDDEN = List.of(Path.of("/root"), Path.of("/home"), Path.of("/etc/shadow"), Path.of("/etc/gshadow"), Path.of("/etc/shadow-"),
            Path.of("/etc/gshadow-"), Path.of("/etc/ssh"), Path.of("/var/spool/cron"));

    private SandboxPreset() {}

    /** The spec as a sandbox's. Whatever weakens it is added to the problems. */
    static ContainerSpec apply(ContainerSpec spec, SpecValidator problems) {
        refuse(spec, problems);
        if (spec.security().least() == SandboxTier.LANDLOCK) {
            LandlockTier.refuse(spec, problems);
        }
        return new ContainerSpec(root(spec.root()), spec.name(), spec.labels(), spec.annotations(), process(spec), files(spec.files()), spec.identity(), security(spec.security()),
                resources(spec.resources()), new ContainerSpec.Network("none"), spec.log(), life(spec.life()), null);
    }

    private static void refuse(ContainerSpec spec, SpecValidator problems) {
        ContainerSpec.Security security = spec.security();
        if (!security.capAdd().isEmpty()) {
            refuse(problems, "capAdd(" + security.capAdd() + ")");
        }
        refuse(problems, security.privileged(), "privileged()");
        refuse(problems, security.labels().apparmor().equals(ContainerSpec.Labels.UNCONFINED), "apparmor(\"unconfined\")");
        refuse(problems, security.users() instanceof UserNamespace.KeepId, "userns(keepId())");
        refuse(problems, spec.oci() != null, "bundle(Path)");
        refuse(problems, security.seccomp() instanceof SeccompChoice.Unconfined, "seccompUnconfined()");
        refuse(problems, security.seccomp() instanceof SeccompChoice.Profile, "seccomp(Path)");
        refuse(problems, !spec.network().ports().isEmpty() || spec.network().publishAll(), "port(…)");
        refuse(problems, !spec.network().hostPorts().isEmpty(), "exposeHostPort(…)");
        refuse(problems, !spec.network().egress().open(), "egress(…)");
        for (ContainerSpec.Endpoint endpoint : spec.network().endpoints()) {
            if (!endpoint.network().equals("none")) {
                refuse(problems, "network(\"" + endpoint.network() + "\")");
            }
        }
        refuse(problems, spec.root() instanceof RootSource.Directory d && d.writable(), "writable()");
        refuse(problems, !spec.files().devices().isEmpty(), "device(…)");
        refuse(problems, !spec.files().deviceRules().isEmpty(), "deviceRule(…)");
        refuse(problems, spec.process().tty(), "tty()");
        if (!security.namespaces().ipc().isEmpty() && !security.namespaces().ipc().equals("none")) {
            refuse(problems, "ipc: " + security.namespaces().ipc());
        }
        if (!security.namespaces().pid().isEmpty()) {
            refuse(problems, "pid: " + security.namespaces().pid());
        }
        if (!security.namespaces().uts().isEmpty()) {
            refuse(problems, "uts: " + security.namespaces().uts());
        }
        refuse(problems, security.namespaces().cgroupHost(), "cgroupHost()");
        refuse(problems, spec.resources().realtimeRuntimeMicros() > 0, "cpuRealtime(…)");
        refuse(problems, spec.life().bestEffort(), "bestEffort()");
        refuse(problems, spec.resources().pids() < 0, "pids(-1)");
        refuse(problems, spec.resources().memorySwap() < 0, "memorySwap(\"-1\")");
        refuse(problems, spec.resources().oomKillDisable(), "oomKillDisable()");
        Rlimit.Value size = spec.process().rlimits().get(Rlimit.FSIZE);
        refuse(problems, size != null && (size.soft() == Rlimit.UNLIMITED || size.hard() == Rlimit.UNLIMITED), "ulimit(FSIZE, UNLIMITED)");
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Bind bind && !bind.readOnly()) {
                refuse(problems, "bind(…, \"" + mount.target() + "\")");
            }
            if (mount instanceof Mount.Volume volume && !volume.readOnly()) {
                refuse(problems, "volume(…, \"" + mount.target() + "\")");
            }
        }
        for (VolumesFrom from : spec.files().volumesFrom()) {
            refuse(problems, !from.readOnly(), "volumesFrom(…)");
        }
        String user = spec.process().user();
        if (spec.root() instanceof RootSource.HostRoot && user != null && (user.split(":")[0].equals("root") || user.matches("0+(:.*)?"))) {
            refuse(problems, "user(\"" + user + "\") with hostRoot()");
        }
    }

    private static void refuse(SpecValidator problems, boolean weakens, String setting) {
        if (weakens) {
            refuse(problems, setting);
        }
    }

    private static void refuse(SpecValidator problems, String setting) {
        problems.add(setting, "would weaken sandbox()", "leave it out, or build the container without sandbox() from the settings you need");
    }

    private static RootSource root(RootSource root) {
        if (!(root instanceof RootSource.HostRoot host)) {
            return root;
        }
        List<Path> hidden = new ArrayList<>(host.hidden());
        HIDDEN.stream().filter(p -> !hidden.contains(p)).forEach(hidden::add);
        return new RootSource.HostRoot(hidden);
    }

    private static ContainerSpec.Process process(ContainerSpec spec) {
        ContainerSpec.Process p = spec.process();
        Map<Rlimit, Rlimit.Value> limits = new EnumMap<>(Rlimit.class);
        limits.put(Rlimit.FSIZE, new Rlimit.Value(FILE_SIZE, FILE_SIZE));
        limits.put(Rlimit.CORE, new Rlimit.Value(0, 0));
        limits.putAll(p.rlimits());
        String user = p.user() == null && spec.root() instanceof RootSource.HostRoot ? NOBODY : p.user();
        return new ContainerSpec.Process(p.entrypoint(), p.command(), p.env(), p.workdir(), user, p.groups(), p.stdin(), p.tty(), p.init(), p.oomScoreAdj(), limits);
    }

    private static ContainerSpec.Files files(ContainerSpec.Files f) {
        return new ContainerSpec.Files(f.readOnly() == ReadOnly.NO ? ReadOnly.VOLATILE : f.readOnly(), f.mounts(), f.shmSize(), f.devices(), f.deviceRules(), f.volumesFrom(), f.secrets());
    }

    private static ContainerSpec.Security security(ContainerSpec.Security s) {
        return new ContainerSpec.Security(s.capAdd(), Set.of(Capability.ALL), s.privileged(), true, s.seccomp(), s.sysctls(), s.timeNamespace(), s.bootTimeOffset(),
                s.users() instanceof UserNamespace.Host ? UserNamespace.auto() : s.users(), s.namespaces(), true, s.least(), s.labels());
    }

    private static Resources resources(Resources r) {
        return new Resources(r.memory() == 0 ? MEMORY : r.memory(), r.memorySwap(), r.memoryReservation(), r.memorySwappiness(), r.oomKillDisable(), r.nanoCpus(),
                r.cpuShares(), r.cpuPeriodMicros(), r.cpuQuotaMicros(), r.cpusetCpus(), r.cpusetMems(), r.pids() == 0 ? PIDS : r.pids(), r.blkioWeight(), r.throttles(), r.realtimeRuntimeMicros(),
                r.realtimePeriodMicros(), r.deviceWeights());
    }

    private static ContainerSpec.Life life(ContainerSpec.Life l) {
        return new ContainerSpec.Life(l.stopSignal(), l.stopTimeout(), l.timeout() == null ? TIME : l.timeout(), l.bestEffort(), l.captureChanges(),
                l.outputLimit() == ContainerBuilder.OUTPUT_LIMIT ? OUTPUT : l.outputLimit(), l.readiness(), l.waitTimeout(), l.health(), l.restart(), l.detached());
    }
}
