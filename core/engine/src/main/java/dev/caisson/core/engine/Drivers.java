package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.HostReport;
import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.DriverProvider;
import dev.caisson.spi.EngineProvider;
import dev.caisson.spi.Options;
import dev.caisson.spi.Subject;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogProvider;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.network.Survivor;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The drivers of one engine: those given explicitly, then those found by {@link ServiceLoader}; never a compile-time dependency. A storage driver is never
 * swapped silently over existing data.
 */
final class Drivers implements AutoCloseable {
    private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final EngineHome home;
    private final Map<String, StorageProvider> storageProviders;
    private final Map<String, NetworkProvider> networkProviders;
    private final Map<String, LogProvider> logProviders;
    private final String storageWanted;
    private final boolean ipv6;
    private volatile StorageDriver storage;
    private volatile BiConsumer<NetworkDriver, String> reports = (driver, text) -> { };
    private volatile Survivor survivor = sendings -> {
        throw new EngineProblem(Stage.NETWORK, "this engine has no guard that could outlive it", "");
    };
    private final Map<String, NetworkDriver> networks = new LinkedHashMap<>();

    Drivers(EngineHome home, EngineProvider.Settings settings) {
        this.home = home;
        this.storageProviders = collect("storage", settings.storage(), StorageProvider.class, settings.discovery());
        this.networkProviders = collect("network", settings.networks(), NetworkProvider.class, settings.discovery());
        this.logProviders = collect("logging", settings.logs(), LogProvider.class, settings.discovery());
        this.ipv6 = settings.ipv6();
        this.storageWanted = settings.storageDriver().orElse("");
    }

    private static <P extends DriverProvider<?>> Map<String, P> collect(String kind, List<P> given, Class<P> type, boolean discovery) {
        Map<String, P> all = new LinkedHashMap<>();
        given.forEach(p -> add(kind, all, p));
        if (discovery) {
            Map<String, P> found = new LinkedHashMap<>();
            ServiceLoader.load(type, Drivers.class.getClassLoader()).forEach(p -> add(kind, found, p));
            found.forEach(all::putIfAbsent); // an explicit instance beats discovery
        }
        return all;
    }

    private static <P extends DriverProvider<?>> void add(String kind, Map<String, P> all, P provider) {
        String name = provider.name();
        if (name.isBlank() || all.putIfAbsent(name, provider) != null) {
            throw new EngineProblem(Stage.VALIDATE, "two " + kind + " drivers have the name '" + name + "' (" + provider.getClass().getName() + ")",
                    "keep one of their jars on the class path");
        }
    }

    private DriverContext context(String kind, String name, Subject subject) {
        try {
            Path root = home.root().resolve(kind).resolve(name);
            Path run = home.runState().resolve(kind).resolve(name);
            Files.createDirectories(root, OWNER_ONLY);
            Files.createDirectories(run, OWNER_ONLY);
            return new DriverContext(home.id(), root, run, subject);
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.VALIDATE, "make the directories of driver " + name, e);
        }
    }

    /** The storage driver, chosen and opened at the first call. */
    synchronized StorageDriver storage() {
        if (storage == null) {
            StorageProvider provider = storageProvider();
            storage = provider.open(context("layers", provider.name(), Subject.NONE), Options.of("storage driver " + provider.name(), provider.options(), Map.of()));
        }
        return storage;
    }

    private StorageProvider storageProvider() {
        List<String> holders = holders();
        if (!holders.isEmpty() && !(storageWanted.isEmpty() ? holders.size() == 1 : holders.contains(storageWanted))) {
            throw new EngineProblem(Stage.ROOTFS, "the root " + home.root() + " holds layers of storage driver '" + String.join("' and '", holders)
                    + (storageWanted.isEmpty() ? "'" : "', but '" + storageWanted + "' was asked for"),
                    "use storageDriver(\"" + holders.get(0) + "\") or another Engine.builder().root(…)");
        }
        String holder = holders.isEmpty() ? "" : holders.contains(storageWanted) ? storageWanted : holders.get(0);
        String fixed = storageWanted.isEmpty() ? holder : storageWanted;
        if (fixed.equals(holder) && !fixed.isEmpty() && !storageProviders.containsKey(fixed)) {
            throw new EngineProblem(Stage.ROOTFS, "the root " + home.root() + " holds layers of storage driver '" + fixed + "', which is not on the class path",
                    "add its jar, or use another Engine.builder().root(…)");
        }
        if (!fixed.isEmpty()) {
            StorageProvider provider = named("storage driver", storageProviders, fixed);
            Availability availability = provider.probe(context("layers", fixed, Subject.NONE));
            if (!availability.available()) {
                throw new UnsupportedOnThisHost(Stage.ROOTFS, "storage driver '" + fixed + "'" + (fixed.equals(holder) ? ", whose layers are in "
                        + home.root() + "," : "") + " does not work here: " + availability.cause(), availability.remedy());
            }
            return provider;
        }
        return best();
    }

    private StorageProvider best() {
        List<String> reasons = new ArrayList<>();
        List<StorageProvider> candidates = storageProviders.values().stream().sorted(Comparator.comparingInt(StorageProvider::priority).reversed()).toList();
        for (int i = 0; i < candidates.size(); i++) {
            StorageProvider provider = candidates.get(i);
            Availability availability = provider.probe(context("layers", provider.name(), Subject.NONE));
            if (availability.available()) {
                if (i + 1 < candidates.size() && candidates.get(i + 1).priority() == provider.priority()) {
                    throw new EngineProblem(Stage.ROOTFS, "storage drivers '" + provider.name() + "' and '" + candidates.get(i + 1).name()
                            + "' have the same priority", "choose one with storageDriver(name)");
                }
                return provider;
            }
            reasons.add(provider.name() + ": " + availability.cause() + (availability.remedy().isEmpty() ? "" : " (" + availability.remedy() + ")"));
        }
        throw new UnsupportedOnThisHost(Stage.ROOTFS, reasons.isEmpty() ? "there is no storage driver on the class path" : "no storage driver works here: "
                + String.join("; ", reasons), reasons.isEmpty() ? "add dev.caisson:caisson-storage-drivers" : "");
    }

    /** The drivers whose committed layers are in the root, whether they are on the class path or not. */
    private List<String> holders() {
        try (Stream<Path> drivers = Files.list(home.root().resolve("layers"))) {
            return drivers.filter(Files::isDirectory).filter(Drivers::holdsLayers).map(d -> d.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.ROOTFS, "look for layers in " + home.root(), e);
        }
    }

    private static boolean holdsLayers(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(f -> f.getFileName().toString().matches("[0-9a-f]{64}"));
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.ROOTFS, "look for layers in " + directory, e);
        }
    }

    /** A network driver by its name, opened at the first call. */
    synchronized NetworkDriver network(String name) {
        NetworkDriver opened = networks.get(name);
        if (opened == null) {
            NetworkDriver made = openNetwork(name);
            made.reportTo(text -> reports.accept(made, text));
            made.outlivedBy(survivor);
            networks.put(name, made);
            opened = made;
        }
        return opened;
    }

    /** The first of these network drivers that works here; if none does, the first, which says why. */
    synchronized String firstOf(List<String> names) {
        return names.stream().filter(n -> networks.containsKey(n) || networkProviders.containsKey(n) && networkProviders.get(n).probe(context("networks", n, Subject.NONE)).available()).findFirst()
                .orElse(names.get(0));
    }

    /** Who hears what network drivers say. */
    void reportTo(BiConsumer<NetworkDriver, String> listener) {
        reports = listener;
    }

    /** Who outlives this JVM; said before any network driver is opened. */
    void outlivedBy(Survivor known) {
        survivor = known;
    }

    private NetworkDriver openNetwork(String name) {
        NetworkProvider provider = named("network driver", networkProviders, name);
        DriverContext context = context("networks", name, Subject.NONE);
        Availability availability = provider.probe(context);
        if (!availability.available()) {
            throw new UnsupportedOnThisHost(Stage.NETWORK, "network driver '" + name + "' does not work here: " + availability.cause(), availability.remedy());
        }
        boolean six = ipv6 && provider.implicit() && provider.options().stream().anyMatch(o -> o.name().equals("ipv6"));
        Options options = Options.of("network driver " + name, provider.options(), six ? Map.of("ipv6", "true") : Map.of());
        return provider.base().isEmpty() ? provider.open(context, options) : provider.open(context, options, network(provider.base()));
    }

    /** The options of a network to be made, checked. */
    Options networkOptions(String driver, Map<String, String> options) {
        return Options.of("network driver " + driver, named("network driver", networkProviders, driver).options(), options);
    }

    /** The networks that drivers have without their being made. */
    java.util.Set<String> implicitNetworks() {
        return networkProviders.values().stream().filter(NetworkProvider::implicit).map(NetworkProvider::name).collect(Collectors.toCollection(java.util.LinkedHashSet::new));
    }

    /** Opens a log driver for a container. */
    LogDriver log(String name, Map<String, String> options, Subject subject, Path directory) {
        LogProvider provider = named("log driver", logProviders, name);
        Options checked = Options.of("log driver " + name, provider.options(), options);
        return provider.open(new DriverContext(home.id(), directory, home.runState(), subject), checked);
    }

    private static <P> P named(String kind, Map<String, P> providers, String name) {
        P provider = providers.get(name);
        if (provider == null) {
            String nearest = Nearest.to(name, providers.keySet());
            throw new InvalidSpec(kind + " '" + name + "'", "is unknown", nearest.isEmpty() ? "there are: " + String.join(", ", providers.keySet())
                    : "did you mean '" + nearest + "'?");
        }
        return provider;
    }

    @Override
    public synchronized void close() {
        if (storage != null) {
            storage.close();
        }
        List<NetworkDriver> opened = new ArrayList<>(networks.values());
        Collections.reverse(opened); // who builds on another is closed before it
        opened.forEach(NetworkDriver::close);
    }

    /** What network drivers found on the host. */
    List<HostReport.Finding> networkFindings() {
        return networkProviders.values().stream().flatMap(p -> p.findings().stream()).toList();
    }

    /** The same without an engine: of those that can be found. */
    static List<HostReport.Finding> foundNetworkFindings() {
        return ServiceLoader.load(NetworkProvider.class, Drivers.class.getClassLoader()).stream().flatMap(p -> p.get().findings().stream()).toList();
    }

    /** Every driver there is, with its probe's answer; those of storage and logging on a directory of the engine's. */
    Map<String, Availability> availability() {
        Map<String, Availability> all = new java.util.TreeMap<>();
        storageProviders.forEach((name, p) -> all.put("storage driver " + name, p.probe(context("layers", name, Subject.NONE))));
        networkProviders.forEach((name, p) -> all.put("network driver " + name, p.probe(context("networks", name, Subject.NONE))));
        logProviders.forEach((name, p) -> all.put("log driver " + name, p.probe(context("layers", name, Subject.NONE))));
        return all;
    }
}
