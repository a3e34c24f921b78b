package dev.caisson.benchmarks;

import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/**
 * What one start costs in processor time, in sleeps and in memory, of each that takes part: the caller, the other threads of the JVM, the guard, and what it starts.
 * These figures hold on a machine that does other work too, where times say little. Sleeps are voluntary context switches: each is somebody who has to be woken.
 */
public final class Counts {
    private static final int WARM_UP = 100;
    private static final long REST_MILLIS = 8;

    private Counts() {}

    /** What was used so far. @param cpuNanos of {@code /proc/PID/schedstat}; of dead children from {@code /proc/PID/stat}, in ticks of 10 ms */
    private record Use(long cpuNanos, long sleeps) {
        Use minus(Use other) {
            return new Use(cpuNanos - other.cpuNanos, sleeps - other.sleeps);
        }

        Use plus(Use other) {
            return new Use(cpuNanos + other.cpuNanos, sleeps + other.sleeps);
        }
    }

    /** @param args rounds (default 300) */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 300;
        Path work = Files.createTempDirectory("caisson-counts-");
        try {
            Path rootfs = TinyRootfs.create(work.resolve("rootfs")).path();
            kind("execute() from a spare", work.resolve("spares"), rootfs, rounds, b -> b, b -> b);
            kind("execute() with spares(0)", work.resolve("plain"), rootfs, rounds, b -> b.spares(0), b -> b);
            kind("with spares(0) and networkPool(16)", work.resolve("pool"), rootfs, rounds, b -> b.spares(0).networkPool(16), b -> b);
            kind("privileged(), spares(0)", work.resolve("privileged"), rootfs, rounds, b -> b.spares(0), ContainerBuilder::privileged);
            kind("sandbox(), spares(0)", work.resolve("sandbox"), rootfs, rounds, b -> b.spares(0), ContainerBuilder::sandbox);
            try (Engine engine = Engine.builder().root(work.resolve("exec")).build(); CaissonExec exec = new CaissonExec(engine, rootfs, TinyRootfs.TRUE)) {
                measure("exec()", rounds, exec::launch);
            }
        } finally {
            Peers.remove(work);
        }
    }

    private static void kind(String name, Path root, Path rootfs, int rounds, UnaryOperator<Engine.Builder> settings, UnaryOperator<ContainerBuilder> container)
            throws Exception {
        try (Engine engine = settings.apply(Engine.builder().root(root)).build()) {
            measure(name, rounds, new CaissonExecute(name, engine, rootfs, TinyRootfs.TRUE, container)::launch);
        }
    }

    private static void measure(String name, int rounds, Callable<Long> start) throws Exception {
        for (int i = 0; i < WARM_UP; i++) {
            start.call();
            Thread.sleep(REST_MILLIS);
        }
        Samples took = new Samples();
        Map<String, Use> before = now();
        long allocated = allocated();
        for (int i = 0; i < rounds; i++) {
            took.add(start.call());
            Thread.sleep(REST_MILLIS);
        }
        long memory = allocated() - allocated;
        System.out.printf(Locale.ROOT, "%s: median %.3f ms, %,d bytes allocated by the caller (%d rounds)%n", name, took.medianMillis(), memory / rounds, rounds);
        Map<String, Use> after = now();
        after.forEach((who, use) -> {
            Use mine = use.minus(before.getOrDefault(who, new Use(0, 0)));
            System.out.printf(Locale.ROOT, "  %-24s %8.1f us  %6.2f sleeps%n", who, mine.cpuNanos() / 1e3 / rounds,
                    (double) mine.sleeps() / rounds - (who.equals("caller") ? 1 : 0)); // one is the rest above
        });
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private static Map<String, Use> now() throws IOException {
        Map<String, Use> all = new TreeMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                add(all, who(task), task);
            }
        }
        for (Path guard : guards()) {
            add(all, "guard", guard);
            List<String> stat = List.of(Files.readString(guard.resolve("stat")).replaceFirst(".*\\) ", "").split(" "));
            all.merge("containers", new Use((Long.parseLong(stat.get(13)) + Long.parseLong(stat.get(14))) * 10_000_000L, 0), Use::plus);
        }
        return new LinkedHashMap<>(all);
    }

    private static String who(Path task) throws IOException {
        String name;
        try {
            name = Files.readString(task.resolve("comm")).strip();
        } catch (NoSuchFileException e) {
            return "ended";
        }
        return name.equals("java") ? "caller" : name.startsWith("caisson-poller") ? "poller" : name.startsWith("caisson-worker") ? "workers"
                : name.startsWith("caisson-netns") ? "network pool" : name.contains("Compiler") || name.startsWith("C1 ") || name.startsWith("C2 ") ? "jit" : "jvm";
    }

    private static void add(Map<String, Use> all, String who, Path task) throws IOException {
        try {
            long cpu = Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[0]);
            long sleeps = Files.readAllLines(task.resolve("status")).stream().filter(l -> l.startsWith("voluntary_ctxt_switches:"))
                    .mapToLong(l -> Long.parseLong(l.substring(24).strip())).sum();
            all.merge(who, new Use(cpu, sleeps), Use::plus);
        } catch (NoSuchFileException e) {
            // it ended just now
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No such process")) {
                throw e;
            }
        }
    }

    /** The guards of this JVM: there is one engine at a time. */
    private static List<Path> guards() throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            List<Path> found = new java.util.ArrayList<>();
            for (Path process : processes) {
                try {
                    if (Files.readString(process.resolve("comm")).strip().equals("caisson-guard")
                            && ownedByUs(process)) {
                        found.add(process);
                    }
                } catch (IOException e) {
                    // gone
                }
            }
            return found;
        }
    }

    private static boolean ownedByUs(Path process) throws IOException {
        return Files.readString(process.resolve("status")).contains("PPid:\t" + ProcessHandle.current().pid() + "\n");
    }
}
