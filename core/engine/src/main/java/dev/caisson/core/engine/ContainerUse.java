package dev.caisson.core.engine;

import dev.caisson.ContainerStats;
import dev.caisson.ContainerStats.NetworkUse;
import dev.caisson.ProcessInfo;
import dev.caisson.Signal;
import dev.caisson.core.cgroup.CgroupUsage;
import dev.caisson.core.cgroup.Counters;
import dev.caisson.core.cgroup.LiveCounters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What a running container uses, put together from its cgroups and /proc. */
final class ContainerUse {
    private final RunContext run;
    private final int pid;

    /** @param pid of its first process; 0 if none runs */
    ContainerUse(RunContext run, int pid) {
        this.run = run;
        this.pid = pid;
    }

    ContainerStats stats() {
        CgroupUsage used = run.cgroup().used();
        LiveCounters counters = run.cgroup().counters();
        Counters.Io io = counters.io().orElseGet(() -> ofProcesses(counters.processes()));
        return new ContainerStats(Instant.now(), used.cpuTime(), Math.max(0, used.memoryBytes()), counters.memoryLimit().orElseGet(ContainerUse::hostMemory),
                Math.max(0, used.peakMemoryBytes()), Math.max(0, used.pids()), Math.max(0, used.oomKills()), io.read(), io.written(), networks(), counters.pressure());
    }

    private static Counters.Io ofProcesses(List<Integer> pids) {
        List<Counters.Io> all = pids.stream().flatMap(p -> proc(p, "io").stream()).map(Counters::processIo).toList();
        return new Counters.Io(all.stream().mapToLong(Counters.Io::read).sum(), all.stream().mapToLong(Counters.Io::written).sum());
    }

    private Map<String, NetworkUse> networks() {
        return pid == 0 || run.hostNetwork() ? Map.of() : proc(pid, "net/dev").map(Counters::networks).orElse(Map.of());
    }

    private static long hostMemory() {
        return Counters.memoryTotal(read(Path.of("/proc/meminfo")).orElse(""));
    }

    /** The first process first, then by pid. */
    List<ProcessInfo> top() {
        return run.cgroup().counters().processes().stream().distinct().sorted((a, b) -> a == pid ? -1 : b == pid ? 1 : Integer.compare(a, b)).map(ContainerUse::process)
                .filter(Objects::nonNull).toList();
    }

    private static ProcessInfo process(int pid) {
        Optional<String> stat = proc(pid, "stat");
        Optional<String> status = proc(pid, "status");
        return stat.isEmpty() || status.isEmpty() ? null : ProcFiles.process(pid, stat.get(), status.get(), proc(pid, "cmdline").orElse(""));
    }

    /** A file of proc(5); empty if the process has ended. */
    static Optional<String> proc(int pid, String file) {
        return read(Path.of("/proc", Integer.toString(pid), file));
    }

    /** Whether the process of this pid has a handler for a signal: a pid 1 without one never sees it (pid_namespaces(7)). False if it has ended. */
    static boolean catches(int pid, Signal signal) {
        return pid != 0 && proc(pid, "status").map(status -> ProcFiles.catches(status, signal.number())).orElse(false);
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
