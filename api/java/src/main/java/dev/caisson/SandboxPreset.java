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

    /** What the parts come to of which nothing was said. */
    private static final ContainerSpec.Files FILES = files(Unsaid.FILES);
    private static final ContainerSpec.Security SECURITY = security(Unsaid.SECURITY);
    private static final Resources RESOURCES = resources(Resources.NONE);
    private static final ContainerSpec.Life LIFE = life(Unsaid.LIFE, false);
    private static final ContainerSpec.Network NETWORK = new ContainerSpec.Network("none");
    /** Those of a process of which none was said. */
    static final Map<Rlimit, Rlimit.Value> LIMITS = Map.copyOf(limits(Map.of()));

    private SandboxPreset() {}

    /** The spec as a sandbox's. Whatever weakens it is added to the problems. @param output whether outputLimit(…) was given */
    static ContainerSpec apply(ContainerSpec spec, SpecValidator problems, boolean output) {
        refuse(spec, problems);
        if (spec.security().least() == SandboxTier.LANDLOCK) {
            LandlockTier.refuse(spec, problems);
        }
        return new ContainerSpec(root(spec.root()), spec.name(), spec.labels(), spec.annotations(), process(spec), spec.files() == Unsaid.FILES ? FILES : files(spec.files()),
                spec.identity(), spec.security() == Unsaid.SECURITY ? SECURITY : security(spec.security()), spec.resources() == Resources.NONE ? RESOURCES : resources(spec.resources()), NETWORK,
                spec.log(), spec.life() == Unsaid.LIFE ? LIFE : life(spec.life(), output), null);
    }

    /** Of a part of which nothing was said nothing weakens. */
    private static void refuse(ContainerSpec spec, SpecValidator problems) {
        refuse(problems, spec.oci() != null, "bundle(Path)");
        if (spec.security() != Unsaid.SECURITY) {
            security(spec.security(), problems);
        }
        if (spec.network() != Unsaid.NETWORK) {
            network(spec.network(), problems);
        }
        refuse(problems, spec.root() instanceof RootSource.Directory d && d.writable(), "writable()");
        if (spec.files() != Unsaid.FILES) {
            files(spec.files(), problems);
        }
        process(spec, problems);
        if (spec.resources() != Resources.NONE) {
            resources(spec.resources(), problems);
        }
        refuse(problems, spec.life().bestEffort(), "bestEffort()");
    }

    private static void security(ContainerSpec.Security security, SpecValidator problems) {
        if (!security.capAdd().isEmpty()) {
            refuse(problems, "capAdd(" + security.capAdd() + ")");
        }
        refuse(problems, security.privileged(), "privileged()");
        refuse(problems, security.labels().apparmor().equals(ContainerSpec.Labels.UNCONFINED), "apparmor(\"unconfined\")");
        refuse(problems, security.users() instanceof UserNamespace.KeepId, "userns(keepId())");
        refuse(problems, security.seccomp() instanceof SeccompChoice.Unconfined, "seccompUnconfined()");
        refuse(problems, security.seccomp() instanceof SeccompChoice.Profile, "seccomp(Path)");
        ContainerSpec.Namespaces shared = security.namespaces();
        if (!shared.ipc().isEmpty() && !shared.ipc().equals("none")) {
            refuse(problems, "ipc: " + shared.ipc());
        }
        if (!shared.pid().isEmpty()) {
            refuse(problems, "pid: " + shared.pid());
        }
        if (!shared.uts().isEmpty()) {
            refuse(problems, "uts: " + shared.uts());
        }
        refuse(problems, shared.cgroupHost(), "cgroupHost()");
    }

    private static void network(ContainerSpec.Network network, SpecValidator problems) {
        refuse(problems, !network.ports().isEmpty() || network.publishAll(), "port(…)");
        refuse(problems, !network.hostPorts().isEmpty(), "exposeHostPort(…)");
        refuse(problems, !network.egress().open(), "egress(…)");
        for (ContainerSpec.Endpoint endpoint : network.endpoints()) {
            if (!endpoint.network().equals("none")) {
                refuse(problems, "network(\"" + endpoint.network() + "\")");
            }
        }
    }

    private static void files(ContainerSpec.Files files, SpecValidator problems) {
        refuse(problems, !files.devices().isEmpty(), "device(…)");
        refuse(problems, !files.deviceRules().isEmpty(), "deviceRule(…)");
        for (Mount mount : files.mounts()) {
            if (mount instanceof Mount.Bind bind && !bind.readOnly()) {
                refuse(problems, "bind(…, \"" + mount.target() + "\")");
            }
            if (mount instanceof Mount.Volume volume && !volume.readOnly()) {
                refuse(problems, "volume(…, \"" + mount.target() + "\")");
            }
        }
        for (VolumesFrom from : files.volumesFrom()) {
            refuse(problems, !from.readOnly(), "volumesFrom(…)");
        }
    }

    private static void process(ContainerSpec spec, SpecValidator problems) {
        ContainerSpec.Process process = spec.process();
        refuse(problems, process.tty(), "tty()");
        Rlimit.Value size = process.rlimits().get(Rlimit.FSIZE);
        refuse(problems, size != null && (size.soft() == Rlimit.UNLIMITED || size.hard() == Rlimit.UNLIMITED), "ulimit(FSIZE, UNLIMITED)");
        String user = process.user();
        if (spec.root() instanceof RootSource.HostRoot && user != null && (user.split(":")[0].equals("root") || user.matches("0+(:.*)?"))) {
            refuse(problems, "user(\"" + user + "\") with hostRoot()");
        }
    }

    private static void resources(Resources resources, SpecValidator problems) {
        refuse(problems, resources.realtimeRuntimeMicros() > 0, "cpuRealtime(…)");
        refuse(problems, resources.pids() < 0, "pids(-1)");
        refuse(problems, resources.memorySwap() < 0, "memorySwap(\"-1\")");
        refuse(problems, resources.oomKillDisable(), "oomKillDisable()");
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
        if (p.rlimits() == LIMITS && !(spec.root() instanceof RootSource.HostRoot)) {
            return p;
        }
        String user = p.user() == null && spec.root() instanceof RootSource.HostRoot ? NOBODY : p.user();
        return new ContainerSpec.Process(p.entrypoint(), p.command(), p.env(), p.workdir(), user, p.groups(), p.stdin(), p.tty(), p.init(), p.oomScoreAdj(),
                p.rlimits() == LIMITS ? LIMITS : limits(p.rlimits()));
    }

    private static Map<Rlimit, Rlimit.Value> limits(Map<Rlimit, Rlimit.Value> given) {
        Map<Rlimit, Rlimit.Value> limits = new EnumMap<>(Rlimit.class);
        limits.put(Rlimit.FSIZE, new Rlimit.Value(FILE_SIZE, FILE_SIZE));
        limits.put(Rlimit.CORE, new Rlimit.Value(0, 0));
        limits.putAll(given);
        return limits;
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

    private static ContainerSpec.Life life(ContainerSpec.Life l, boolean output) {
        return new ContainerSpec.Life(l.stopSignal(), l.stopTimeout(), l.timeout() == null ? TIME : l.timeout(), l.bestEffort(), l.captureChanges(),
                output ? l.outputLimit() : OUTPUT, l.readiness(), l.waitTimeout(), l.health(), l.restart(), l.detached());
    }
}
