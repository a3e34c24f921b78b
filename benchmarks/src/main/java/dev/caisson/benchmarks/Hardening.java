package dev.caisson.benchmarks;

import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What confinement costs a start: the same program by the same engine, in turn, from a container that nothing holds back ({@code privileged()}: the same namespaces and
 * mounts, but no filter, no masks, no device policy, all capabilities) to a sandbox. Once with spares, as a caller has it, and once without, where each step is waited
 * for. Ratios are to the first of the same run; engines of their own, so that no kind takes another's spares.
 */
public final class Hardening {
    /** Where the machine is not calm, the starts that nobody disturbed are the lowest ones. */
    private static final double UNDISTURBED = 0.1;
    private static final Map<String, UnaryOperator<ContainerBuilder>> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put("privileged()", ContainerBuilder::privileged);
        KINDS.put("the default", b -> b);
        KINDS.put("noNewPrivileges(), readOnly()", b -> b.noNewPrivileges().readOnly());
        KINDS.put("as user 1000, no capability", b -> b.user("1000").capDrop(dev.caisson.Capability.ALL).noNewPrivileges().readOnly());
        KINDS.put("sandbox()", ContainerBuilder::sandbox);
    }

    private Hardening() {}

    /** @param args rounds (default 150) */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 150;
        Path work = Files.createTempDirectory("caisson-hardening-");
        try {
            Path rootfs = TinyRootfs.create(work.resolve("rootfs")).path();
            measure("from a spare", rounds, work.resolve("with"), rootfs, b -> b);
            measure("without spares", rounds, work.resolve("without"), rootfs, b -> b.spares(0));
        } finally {
            Peers.remove(work);
        }
    }

    private static void measure(String title, int count, Path root, Path rootfs, UnaryOperator<Engine.Builder> settings) throws Exception {
        Map<String, Samples> results = new LinkedHashMap<>();
        List<Engine> engines = new ArrayList<>();
        Rounds rounds = new Rounds();
        try {
            for (Map.Entry<String, UnaryOperator<ContainerBuilder>> kind : KINDS.entrySet()) {
                engines.add(settings.apply(Engine.builder().root(root.resolve("engine" + engines.size()))).build());
                Peer peer = new CaissonExecute(kind.getKey(), engines.get(engines.size() - 1), rootfs, TinyRootfs.TRUE, kind.getValue());
                results.put(kind.getKey(), rounds.add(peer, true));
            }
            rounds.afterHundred(count);
            System.out.print(table(title + ", after " + Rounds.WARM_UP, results));
            rounds.afterMany(count);
            System.out.print(table(title + ", " + Rounds.COMPILED + " more", results));
        } finally {
            engines.forEach(Engine::close);
        }
    }

    private static String table(String title, Map<String, Samples> results) {
        Samples plain = results.values().iterator().next();
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT, "%-32s %10s %8s %8s %10s %8s   (%d rounds)%n", title, "median ms", "ratio", "of pairs", "p10 ms", "ratio",
                plain.count()));
        results.forEach((name, samples) -> table.append(String.format(Locale.ROOT, "%-32s %10.3f %8.2f %8.2f %10.3f %8.2f%n", name, samples.medianMillis(),
                samples.medianMillis() / plain.medianMillis(), samples.medianRatioTo(plain), samples.millis(UNDISTURBED),
                samples.millis(UNDISTURBED) / plain.millis(UNDISTURBED))));
        return table.append(System.lineSeparator()).toString();
    }
}
