package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Rlimit;
import dev.caisson.core.landlock.Leftovers;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.plan.AloneCompiler;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.security.seccomp.Arch;
import dev.caisson.core.spec.CommandLine;
import dev.caisson.core.spec.Environment;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.spec.Rlimits;
import dev.caisson.core.spec.Targets;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a sandbox without namespaces runs, as whom and with which limits: a plan. */
final class LandlockProgram {
    private static final int SETPCAP = 8;
    private static final int NOBODY = 65534;
    private static final long ALL = -1L;

    private LandlockProgram() {}

    /** @param scratch its own directory, which becomes its user's. @param signals whether Landlock keeps signals in */
    static LaunchPlan of(ContainerSpec spec, Path scratch, boolean signals) {
        boolean root = Processes.geteuid() == 0;
        int uid = root ? NOBODY : Processes.geteuid();
        int gid = root ? NOBODY : Processes.getegid();
        if (root) {
            try (Fd directory = FileCalls.open(scratch, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                FileCalls.fchownat(directory, "", uid, gid, Fcntl.AT_EMPTY_PATH);
            }
        }
        HostContext host = new HostContext(false);
        ContainerSpec.Process p = spec.process();
        List<String> argv = CommandLine.argv(p, ImageDefaults.NONE);
        String home = scratch.toString();
        Environment environment = Environment.of(host.hostname(), false, List.of("TMPDIR=" + home), p.env(), home);
        String workdir = p.workdir() == null ? home : Targets.normal(p.workdir());
        PlanInput.Process process = new PlanInput.Process(CommandLine.candidates(argv.get(0), environment.path(), workdir), argv, environment.lines(), workdir, uid, gid,
                root ? new int[] {gid} : null, false, PlanInput.Init.NONE, 0, limits(spec, host.hardNofile(), uid));
        PlanInput.Privilege powers = host.privileges().of(spec, false);
        PlanInput.Privilege privilege = new PlanInput.Privilege(Processes.effective(SETPCAP) ? 0 : ALL, 0, 0, 0, 0, powers.lastCapability(), true, powers.seccomp(),
                powers.seccompFlags(), true, true);
        return AloneCompiler.compile(process, privilege, Leftovers.program(Arch.ofMachine(System.getProperty("os.arch")), signals).bpf());
    }

    /** Those that cgroups would set, as near as setrlimit(2) comes. */
    private static Map<Rlimit, Rlimit.Value> limits(ContainerSpec spec, long hardNofile, int uid) {
        Map<Rlimit, Rlimit.Value> limits = new EnumMap<>(Rlimits.of(spec.process().rlimits(), hardNofile));
        limits.putIfAbsent(Rlimit.DATA, new Rlimit.Value(spec.resources().memory(), spec.resources().memory()));
        long processes = tasks(uid) + spec.resources().pids();
        Processes.Rlimit own = Processes.getRlimit(0, Processes.RLIMIT_NPROC);
        long most = own.hard() == Processes.RLIM_INFINITY ? processes : Math.min(processes, own.hard());
        limits.putIfAbsent(Rlimit.NPROC, new Rlimit.Value(most, most));
        return limits;
    }

    /** What the kernel counts for RLIMIT_NPROC: a user's threads. */
    private static long tasks(int uid) {
        List<Path> processes = new ArrayList<>();
        String[] names = new java.io.File("/proc").list((directory, name) -> Character.isDigit(name.charAt(0)));
        for (String name : names == null ? new String[0] : names) {
            processes.add(Path.of("/proc", name, "status"));
        }
        long count = 0;
        for (Path status : processes) {
            long threads = 0;
            boolean his = false;
            for (String line : HostContext.read(status, "").split("\n")) {
                String[] word = line.split("\\s+");
                his |= word[0].equals("Uid:") && word[1].equals(Integer.toUnsignedString(uid));
                threads = word[0].equals("Threads:") ? Long.parseLong(word[1]) : threads;
            }
            count += his ? threads : 0;
        }
        return count;
    }
}
