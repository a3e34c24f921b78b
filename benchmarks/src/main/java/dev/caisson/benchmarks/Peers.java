package dev.caisson.benchmarks;

import dev.caisson.Engine;
import dev.caisson.Stage;
import dev.caisson.testkit.PureV1;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Starts the same static program by each of several means, in turn, and prints medians, 90th percentiles and ratios to {@link ProcessBuilder}.
 * They take turns ({@link Rounds}); what back-to-back starts cost is the throughput below. The same starts by a C program ({@link FloorProgram}) say what is the kernel's. Bubblewrap and crun are started by a ProcessBuilder (VFORK, its
 * fastest), as a Java application would have to. The plot lands in {@code target/peers.svg}.
 */
public final class Peers implements AutoCloseable {
    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    private final Path rootfs;
    private final Rounds rounds = new Rounds();
    private final List<Engine> engines = new ArrayList<>();
    private final Map<String, Samples> results = new LinkedHashMap<>();
    private final List<CaissonExecute> withStages = new ArrayList<>();

    /** @param args rounds (default 400), and where the plot goes (default {@code target/peers.svg}) */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 400;
        Path plot = Path.of(args.length > 1 ? args[1] : "benchmarks/target/peers.svg");
        Path work = Files.createTempDirectory("caisson-peers-");
        try (Peers peers = new Peers(work)) {
            peers.rounds.afterHundred(rounds);
            System.out.print("after " + Rounds.WARM_UP + " starts of each" + System.lineSeparator() + peers.table() + System.lineSeparator());
            peers.rounds.afterMany(rounds);
            System.out.print("after " + Rounds.COMPILED + " more" + System.lineSeparator() + peers.table());
            System.out.print(peers.throughput());
            Files.writeString(plot, Plot.svg("One start of a static program, to its exit status", peers.results));
            System.out.println(System.lineSeparator() + "plot: " + plot);
        } finally {
            remove(work);
        }
    }

    Peers(Path work) throws IOException {
        rootfs = TinyRootfs.create(work.resolve("rootfs")).path();
        String program = TinyRootfs.TRUE;
        String onHost = rootfs + program;
        try {
            addCompiling(new ProcessLauncher("ProcessBuilder", "POSIX_SPAWN", List.of(), List.of(onHost)));
            addCompiling(new ProcessLauncher("ProcessBuilder (VFORK)", "VFORK", List.of(), List.of(onHost)));
            add(new ProcessLauncher("bwrap", "VFORK", List.of(), List.of("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", rootfs.toString(), "/",
                    "--proc", "/proc", "--dev", "/dev", program)));
            add(new ProcessLauncher("crun", "VFORK", PureV1.wrapper(work.resolve("cgroups")),
                    CrunBundle.command(work.resolve("crun"), rootfs, program)));
            add(FloorProgram.exec(onHost));
            add(FloorProgram.ahead(work.resolve("ahead"), rootfs, program));
            add(FloorProgram.made(work.resolve("made"), rootfs, program));
            Engine plain = engine(work.resolve("plain"), b -> b);
            addExecute(new CaissonExecute("caisson execute()", plain, rootfs, program));
            addExecute(new CaissonExecute("caisson, no spares", engine(work.resolve("spareless"), b -> b.spares(0)), rootfs, program));
            addExecute(new CaissonExecute("caisson, netns pool only", engine(work.resolve("pooled"), b -> b.spares(0).networkPool(16)), rootfs, program));
            addCompiling(new CaissonExec(plain, rootfs, program));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private Engine engine(Path root, UnaryOperator<Engine.Builder> settings) {
        Engine engine = settings.apply(Engine.builder().root(root)).build();
        engines.add(engine);
        return engine;
    }

    private void addExecute(CaissonExecute peer) {
        withStages.add(peer);
        addCompiling(peer);
    }

    private void addCompiling(Peer peer) {
        add(peer, true);
    }

    private void add(Peer peer) {
        add(peer, false);
    }

    private void add(Peer peer, boolean compiles) {
        results.put(peer.name(), rounds.add(peer, compiles));
    }

    private String table() {
        Samples yardstick = results.values().iterator().next();
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT, "%-26s %10s %10s %8s   (%d rounds)%n", "", "median ms", "p90 ms", "ratio",
                yardstick.count()));
        results.forEach((name, samples) -> table.append(String.format(Locale.ROOT, "%-26s %10.3f %10.3f %8.2f%n", name, samples.medianMillis(),
                samples.p90Millis(), samples.medianMillis() / yardstick.medianMillis())));
        for (CaissonExecute peer : withStages) {
            double all = results.get(peer.name()).medianMillis();
            double floor = peer.stages().get(Stage.SUPERVISE).medianMillis();
            table.append(String.format(Locale.ROOT, "%n%s, by stage; kernel and C %.2f, above that %.2f of ProcessBuilder%n", peer.name(),
                    floor / yardstick.medianMillis(), (all - floor) / yardstick.medianMillis()));
            for (Map.Entry<Stage, Samples> stage : peer.stages().entrySet()) {
                table.append(String.format(Locale.ROOT, "  %-24s %10.3f %10.3f%n", stage.getKey(), stage.getValue().medianMillis(),
                        stage.getValue().p90Millis()));
            }
        }
        return table.toString();
    }

    /** Starts back to back by as many threads as there are processors. */
    private String throughput() throws Exception {
        StringBuilder text = new StringBuilder(System.lineSeparator());
        for (CaissonExecute peer : withStages) {
            text.append(String.format(Locale.ROOT, "%-26s %8.0f starts/s from %d threads%n", peer.name(), perSecond(peer::execute), THREADS));
        }
        String program = rootfs + TinyRootfs.TRUE;
        text.append(String.format(Locale.ROOT, "%-26s %8.0f starts/s%n", "ProcessBuilder",
                perSecond(() -> new ProcessBuilder(program).start().waitFor())));
        return text.toString();
    }

    private static double perSecond(Callable<?> start) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(3);
        try {
            List<Future<Long>> counts = threads.invokeAll(java.util.Collections.nCopies(THREADS, () -> {
                long count = 0;
                for (; System.nanoTime() < end; count++) {
                    start.call();
                }
                return count;
            }));
            long all = 0;
            for (Future<Long> count : counts) {
                all += count.get();
            }
            return all * 1e9 / (System.nanoTime() - begin);
        } finally {
            threads.shutdown();
        }
    }

    /** Ends the helper JVMs, the container and the engines, in reverse. */
    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>(engines);
        all.addAll(rounds.peers());
        for (int i = all.size() - 1; i >= 0; i--) {
            try {
                all.get(i).close();
            } catch (Exception e) {
                System.err.println("closing " + all.get(i) + ": " + e);
            }
        }
    }

    static void remove(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
