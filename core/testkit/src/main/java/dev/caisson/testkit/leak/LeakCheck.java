package dev.caisson.testkit.leak;

import dev.caisson.testkit.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Remembers what there was, and fails when something has come and not gone. Only additions count.
 *
 * <pre>{@code
 * LeakCheck check = LeakCheck.watching(stateRoot).begin();
 * ...
 * check.assertNothingLeft();
 * }</pre>
 */
public final class LeakCheck {
    /** How long what ends asynchronously may take: the promise the engine makes for the death of its JVM. See {@link #assertNothingLeftAsPromised}; elsewhere a later end is said and no failure. */
    public static final Duration PROMISED = Duration.ofSeconds(2);

    /** After so long it is a leak. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final System.Logger LOG = System.getLogger(LeakCheck.class.getName());

    /** The kernel keeps the task of whom it killed for want of memory for 2 s (OOM_REAPER_DELAY in mm/oom_kill.c), and with it the session keyring. */
    private static final Duration OOM_REAPER = Duration.ofSeconds(3);

    private final Map<Resource, Watch> watches = new EnumMap<>(Resource.class);
    private final List<String> unobserved = new ArrayList<>();
    private final Predicate<String> expected;

    private LeakCheck(Options options) {
        expected = options.expected;
        ProcessWatch processes = new ProcessWatch();
        add(options, Resource.MOUNTS, () -> Watch.of(KernelListings::mounts));
        add(options, Resource.LINKS, () -> Watch.of(KernelListings::links));
        add(options, Resource.NETWORK_NAMESPACES, () -> Watch.of(KernelListings::networkNamespaces));
        add(options, Resource.NFT_TABLES, () -> Watch.of(KernelListings::nftTables));
        add(options, Resource.CGROUPS, () -> new CgroupWatch(processes));
        add(options, Resource.LOOP_DEVICES, () -> Watch.of(KernelListings::loopDevices));
        add(options, Resource.PROCESSES, () -> processes);
        add(options, Resource.ABSTRACT_SOCKETS, () -> Watch.of(KernelListings::abstractSockets));
        add(options, Resource.STATE_FILES, () -> Watch.of(() -> KernelListings.files(options.stateRoots)));
        add(options, Resource.SHARED_MEMORY, () -> Watch.of(KernelListings::sharedMemory));
        add(options, Resource.KEYRINGS, () -> Watch.of(KernelListings::keyrings));
        add(options, Resource.THREADS, () -> Watch.of(JvmListings::threads));
        /* Last, so that what the others opened on their first use is not a leak. */
        add(options, Resource.DESCRIPTORS, () -> Watch.of(JvmListings::descriptors));
    }

    private void add(Options options, Resource resource, Supplier<Watch> watch) {
        if (!options.ignored.contains(resource)) {
            try {
                watches.put(resource, watch.get());
            } catch (Unobservable reason) {
                unobserved.add(resource + ": " + reason.getMessage());
            }
        }
    }

    /** Watches everything, with no state root. */
    public static LeakCheck begin() {
        return watching().begin();
    }

    /** Also watches the files below these directories, which need not exist yet. */
    public static Options watching(Path... stateRoots) {
        return new Options(List.of(stateRoots));
    }

    /** What to look at; {@link #begin()} takes the snapshot. */
    public static final class Options {
        private final List<Path> stateRoots;
        private final Set<Resource> ignored = EnumSet.noneOf(Resource.class);
        private Predicate<String> expected = line -> false;

        private Options(List<Path> stateRoots) {
            this.stateRoots = stateRoots;
        }

        /** Does not look at these at all. */
        public Options ignoring(Collection<Resource> resources) {
            ignored.addAll(resources);
            return this;
        }

        /** Passes over lines of the report in which {@code pattern} is found: something the test means to leave. */
        public Options expecting(Pattern pattern) {
            expected = expected.or(pattern.asPredicate());
            return this;
        }

        public LeakCheck begin() {
            return new LeakCheck(this);
        }
    }

    /** What is there now and was not at the beginning, at once and without patience. Empty when nothing is. */
    public Map<Resource, List<String>> left() {
        return left(watches.keySet());
    }

    private Map<Resource, List<String>> left(Set<Resource> among) {
        Map<Resource, List<String>> left = new EnumMap<>(Resource.class);
        for (Resource resource : among) {
            List<String> lines = watches.get(resource).left().stream().filter(expected.negate()).collect(Collectors.toList());
            if (!lines.isEmpty()) {
                left.put(resource, lines);
            }
        }
        return left;
    }

    /** What could not be looked at, with reason and remedy. */
    public List<String> unobserved() {
        return List.copyOf(unobserved);
    }

    /** Throws {@link AssertionError} that lists what is still there after {@link #PATIENCE}. */
    public void assertNothingLeft() {
        assertNothingLeft(PATIENCE);
    }

    /**
     * As {@link #assertNothingLeft()}, but what is there after {@link #PROMISED} is a leak, unless the machine was too busy in that time: then there is patience as always. Of a machine whose processors
     * stood idle for a quarter of the time nobody can say so.
     */
    public void assertNothingLeftAsPromised() {
        IdleTime idle = new IdleTime();
        assertNothingLeftAsPromised(idle::enough);
    }

    /** @param hadTime whether the machine did not want for time until now */
    void assertNothingLeftAsPromised(BooleanSupplier hadTime) {
        try {
            await(PROMISED);
        } catch (AssertionError late) {
            if (hadTime.getAsBoolean()) {
                throw late;
            }
            await(PATIENCE);
        }
    }

    /** As {@link #assertNothingLeft()}, with a patience of one's own; returns as soon as nothing is left. */
    public void assertNothingLeft(Duration patience) {
        await(Patience.of(patience));
    }

    private void await(Duration patience) {
        long begun = System.nanoTime();
        long deadline = begun + patience.toNanos();
        Map<Resource, List<String>> left = left();
        for (long pause = 10; !left.isEmpty() && System.nanoTime() < deadline + extra(left.keySet()); pause = Math.min(100, pause * 2)) {
            sleep(pause);
            left = left(left.keySet());
        }
        if (!left.isEmpty()) {
            throw new AssertionError(report(left, patience));
        }
        long took = System.nanoTime() - begun;
        if (took > PROMISED.toNanos()) {
            LOG.log(System.Logger.Level.WARNING, "nothing is left, but only after " + took / 1_000_000 + " ms");
        }
    }

    private static long extra(Set<Resource> left) {
        return left.equals(EnumSet.of(Resource.KEYRINGS)) ? OOM_REAPER.toNanos() : 0;
    }

    private String report(Map<Resource, List<String>> left, Duration patience) {
        StringBuilder text = new StringBuilder("left behind, " + patience.toMillis() + " ms after the end:\n");
        left.forEach((resource, lines) -> {
            text.append("  ").append(resource).append(" (").append(lines.size()).append(")\n");
            lines.forEach(line -> text.append("    + ").append(line).append('\n'));
        });
        unobserved.forEach(note -> text.append("  not looked at: ").append(note).append('\n'));
        return text.toString();
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for what ends", e);
        }
    }
}
