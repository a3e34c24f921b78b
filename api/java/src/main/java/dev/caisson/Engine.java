package dev.caisson;

import dev.caisson.spi.EngineProvider;
import dev.caisson.spi.Given;
import dev.caisson.spi.logging.LogProvider;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.storage.StorageProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs containers. Engines are independent of each other; several, also in several JVMs, may share one root directory. Closing an engine kills and removes
 * its containers.
 */
public interface Engine extends AutoCloseable {
    /**
     * A container of an image, which is pulled if it is not in the local store.
     *
     * @param reference {@code nginx}, {@code registry.example.org:5000/team/app:1.2@sha256:…}, or the id of an image that is here
     * @return to be told more, then run; nothing is looked up or pulled before
     */
    default ContainerBuilder image(String reference) {
        Given.one(reference);
        return new ContainerBuilder(this, new RootSource.Image(reference));
    }

    /**
     * A container of a directory, copy-on-write: the directory is never changed.
     *
     * @param directory a root file system, on the host; taken from the working directory if it is relative
     * @return to be told more
     */
    default ContainerBuilder rootfs(Path directory) {
        Given.one(directory);
        return new ContainerBuilder(this, new RootSource.Directory(directory.toAbsolutePath().normalize(), false));
    }

    /**
     * A container of a copy-on-write view of the host's own root: its files can be read, never changed.
     *
     * @return to be told more; what the container changes is in {@link Execution#changes()} and goes with it
     */
    default ContainerBuilder hostRoot() {
        return new ContainerBuilder(this, new RootSource.HostRoot(List.of()));
    }

    /**
     * A container of an OCI bundle (OCI runtime specification 1.2): a directory with {@code config.json}, as {@code runc spec} and {@code crun spec} write it, read now. The
     * container writes into the bundle's root file system itself. Every property has its effect or is refused by its name when the spec is made.
     *
     * @param directory the one with {@code config.json}
     * @return to be told more: a name, input, limits, a network
     * @throws InvalidSpec if there is no such file, or it is no JSON object
     */
    default ContainerBuilder bundle(Path directory) {
        Given.one(directory);
        return BundleReader.read(this, directory);
    }

    /**
     * A pod: containers that share network, IPC and host name.
     *
     * @param name unique among containers
     * @return to be told more, then started
     */
    default PodBuilder pod(String name) {
        Given.one(name);
        return new PodBuilder(this, name);
    }

    /**
     * Starts a pod.
     *
     * @param spec made by {@link PodBuilder#spec()}
     * @return running; if one of its containers fails nothing is left of it
     * @throws LaunchFailed if a container cannot be started
     */
    Pod run(PodSpec spec);

    /** {@return the pods of this engine, as of now, the oldest first} */
    List<Pod> pods();

    /**
     * Starts a container; returns when its program runs.
     *
     * @param spec made by {@link ContainerBuilder#spec()}
     * @return running, and ready for what it was to wait for; as {@link ContainerBuilder#run()}, which says what is thrown
     */
    Container run(ContainerSpec spec);

    /**
     * Makes a container without starting it.
     *
     * @param spec made by {@link ContainerBuilder#spec()}
     * @return to be started by {@link Container#start()}
     */
    Container create(ContainerSpec spec);

    /**
     * Writes an OCI bundle (OCI runtime specification 1.0.2) that other runtimes run: {@code config.json}, the root file system (a copy, unless it is {@code rootfs(Path)}
     * with {@code writable()}) and the three files of {@code /etc}. Everything a start would find out is written down: user, environment, capabilities, masks, policy.
     *
     * @param spec as {@link #run} would start it
     * @param directory made if it is missing
     * @throws InvalidSpec if the spec has something that a bundle has no words for, such as bridged networks, volumes and health checks
     * @throws StorageProblem if there is a {@code config.json} already, or the directory cannot be written
     */
    void toBundle(ContainerSpec spec, Path directory);

    /**
     * Starts a container at the times of a schedule, until the handle or the engine is closed.
     *
     * @param spec a container of its own is made of it for each run, and removed
     * @param when {@link Schedule#cron} or {@link Schedule#every}
     * @return closing it kills the run under way
     * @throws InvalidSpec if the spec cannot be run to its end again and again: {@code detached()}, {@code stdin(InputStream)}
     */
    ScheduledContainer schedule(ContainerSpec spec, Schedule when);

    /**
     * As {@link #run}, on a thread of the engine's; cancelling the future kills the container.
     *
     * @param spec made by {@link ContainerBuilder#spec()}
     * @return fails as {@link #run} throws
     */
    CompletableFuture<Container> runAsync(ContainerSpec spec);

    /**
     * Runs a container to its end and removes it.
     *
     * @param spec made by {@link ContainerBuilder#spec()}
     * @return as {@link ContainerBuilder#execute()}, which says what is thrown
     */
    Execution execute(ContainerSpec spec);

    /**
     * {@return the images of the root directory; those that other engines of the root have brought are among them}
     *
     * @throws EngineProblem if the engine is closed
     */
    Images images();

    /**
     * {@return the volumes of the root directory, which the other engines of the root share}
     *
     * @throws EngineProblem if the engine is closed
     */
    Volumes volumes();

    /**
     * A registry that images come from and go to.
     *
     * @param host its name as in references, {@code registry.example.org:5000}
     * @return nothing is asked of it before one of its methods is called
     * @throws EngineProblem if the engine is closed
     */
    Registry registry(String host);

    /**
     * {@return the networks this engine has made, and no other engine's}
     *
     * @throws EngineProblem if the engine is closed
     */
    Networks networks();

    /** {@return the containers of this engine, as of now; those of other engines of the root are not among them, but detached ones that it has taken over} */
    ContainerList containers();

    /** {@return what happens to its containers, in docker's words; the last 1,000 are kept} */
    Events events();

    /** {@return what this engine is and runs on} */
    EngineInfo info();

    /** {@return what it takes on disk ({@code docker system df}), counted now, which takes seconds on a large store} */
    default DiskUsage diskUsage() {
        return new DiskUsage(images().usage(), containers().usage(), volumes().usage());
    }

    /** {@return Caisson's version; "" when it does not run from its jar} */
    default String version() {
        return info().version();
    }

    /**
     * Starts several containers at once, each as soon as those are ready whose network, namespaces or volumes it shares, or that it names in the label
     * {@value #AFTER} (names, separated by commas). If one fails, those under way are given up and all of them are removed.
     *
     * @param specs names in it are unique
     * @return in the order given
     * @throws InvalidSpec if they wait for each other, or for a name that is none of theirs and no container of this engine
     */
    List<Container> startAll(ContainerSpec... specs);

    /** The label by which a container says after which others {@link #startAll} starts it. */
    String AFTER = "dev.caisson.after";

    /** {@return what this host allows, probed now: as {@link Containers#check()}, with the engine's drivers and its disk} */
    HostReport check();

    /** {@return where this engine keeps its state, absolute} */
    Path root();

    /** Kills and removes all containers, ends the guard and all threads. Idempotent. */
    @Override
    void close();

    /** {@return an engine to be configured; {@link Builder#build()} opens it} */
    static Builder builder() {
        return new Builder();
    }

    /** What an engine is to be like. Mutable, no I/O; list-like methods accumulate. */
    final class Builder {
        private static final int SPARES = 2;

        private @Nullable Path root;
        private @Nullable Path runDirectory;
        private @Nullable String cgroupParent;
        private boolean discovery = true;
        private boolean ipv6;
        private int networkPool;
        private int spares = SPARES;
        private final List<StorageProvider> storage = new ArrayList<>();
        private final List<NetworkProvider> networks = new ArrayList<>();
        private final List<LogProvider> logs = new ArrayList<>();
        private final List<Consumer<Event>> listeners = new ArrayList<>();
        private final List<RegistryAccess> registries = new ArrayList<>();
        private @Nullable String storageDriver;
        private @Nullable ContentTrust contentTrust;
        private ImageLimits imageLimits = ImageLimits.DEFAULT;

        Builder() {}

        /**
         * Where images, layers and containers are kept; default {@code -Dcaisson.root}, {@code CAISSON_ROOT}, else {@code /var/lib/caisson}, of an ordinary user
         * {@code $XDG_DATA_HOME/caisson} or {@code ~/.local/share/caisson}.
         *
         * @param directory made if it is missing; relative ones are taken from the working directory. Several engines may share it, also of several JVMs
         * @return this builder
         */
        public Builder root(Path directory) {
            Given.one(directory);
            root = directory.toAbsolutePath().normalize();
            return this;
        }

        /**
         * Where what must not survive a reboot is kept; default below {@code /run/caisson}, of an ordinary user {@code $XDG_RUNTIME_DIR/caisson} or the root directory.
         *
         * @param directory made if it is missing, on a file system in memory; short, as a socket's path ends at 108 bytes (unix(7))
         * @return this builder
         */
        public Builder runDirectory(Path directory) {
            Given.one(directory);
            runDirectory = directory.toAbsolutePath().normalize();
            return this;
        }

        /**
         * The cgroup under which containers are made, relative to the mount of each hierarchy; default the JVM's own (v1) or beside it (v2).
         *
         * @param path such as {@code myapp}; the JVM may make directories there ({@code Delegate=yes} in a systemd unit)
         * @return this builder
         */
        public Builder cgroupParent(String path) {
            Given.one(path);
            cgroupParent = path;
            return this;
        }

        /**
         * A storage driver, preferred to discovered ones.
         *
         * @param provider used if its driver is available
         * @return this builder
         */
        public Builder storage(StorageProvider provider) {
            Given.one(provider);
            storage.add(provider);
            return this;
        }

        /**
         * The storage driver by name; default the available one with the highest priority, or the one whose data the root holds.
         *
         * @param name {@code overlay2}, {@code vfs}, or that of a driver that was given
         * @return this builder
         */
        public Builder storageDriver(String name) {
            Given.one(name);
            storageDriver = name;
            return this;
        }

        /**
         * A network driver, preferred to a discovered one of that name.
         *
         * @param provider of the driver that {@link NetworkBuilder#driver} names
         * @return this builder
         */
        public Builder network(NetworkProvider provider) {
            Given.one(provider);
            networks.add(provider);
            return this;
        }

        /**
         * A log driver, preferred to a discovered one of that name.
         *
         * @param provider of the driver that {@link ContainerBuilder#logDriver} names
         * @return this builder
         */
        public Builder logging(LogProvider provider) {
            Given.one(provider);
            logs.add(provider);
            return this;
        }

        /**
         * How a registry is reached, where that is not as usual.
         *
         * @param access of one registry: login, certificates, mirrors, plain HTTP
         * @return this builder
         */
        public Builder registry(RegistryAccess access) {
            Given.one(access);
            registries.add(access);
            return this;
        }

        /**
         * Whether tags have to be signed, and how that is checked; default as {@code DOCKER_CONTENT_TRUST} says, so usually not.
         *
         * @param trust {@link ContentTrust#enforced()} or {@link ContentTrust#disabled()}
         * @return this builder
         */
        public Builder contentTrust(ContentTrust trust) {
            Given.one(trust);
            contentTrust = trust;
            return this;
        }

        /**
         * What a layer may come to before it is refused as a bomb; default {@link ImageLimits#DEFAULT}.
         *
         * @param limits of each layer
         * @return this builder
         */
        public Builder imageLimits(ImageLimits limits) {
            Given.one(limits);
            imageLimits = limits;
            return this;
        }

        /**
         * Whether drivers are also looked up by {@link ServiceLoader}; default true.
         *
         * @param on false for those alone that this builder was given
         * @return this builder
         */
        public Builder discovery(boolean on) {
            discovery = on;
            return this;
        }

        /** {@return this builder} The default network {@code bridge} has IPv6 beside IPv4; networks of one's own say so themselves ({@link NetworkBuilder#ipv6()}). */
        public Builder ipv6() {
            ipv6 = true;
            return this;
        }

        /**
         * How many network namespaces are kept ready, so that a start need not wait for one; default 0. On a bridge network that is in use, up to four more are kept
         * connected, as with {@link #spares}.
         *
         * @param namespaces 0 to 1024
         * @return this builder
         * @throws InvalidSpec if it is neither
         */
        public Builder networkPool(int namespaces) {
            if (namespaces < 0 || namespaces > 1024) {
                throw new InvalidSpec("networkPool(" + namespaces + ")", "is not between 0 and 1024", "");
            }
            networkPool = namespaces;
            return this;
        }

        /**
         * How many containers are made ahead, of all kinds together; default {@value #SPARES}. Who starts the same thing (root file system, mounts, network,
         * limits) again and again gets one that is ready but for its program. Each holds what an idle container holds, an address on its network too; one that is
         * unused for 10 s goes. Where none can be made (a bound host path, say), as many network namespaces are kept connected. 0 for none.
         *
         * @param containers 0 to 1024
         * @return this builder
         * @throws InvalidSpec if it is neither
         */
        public Builder spares(int containers) {
            if (containers < 0 || containers > 1024) {
                throw new InvalidSpec("spares(" + containers + ")", "is not between 0 and 1024", "");
            }
            spares = containers;
            return this;
        }

        /**
         * Called at the end of every stage of every container and image operation.
         *
         * @param listener on the thread that did it, so quick; what it throws is logged, and changes nothing
         * @return this builder
         */
        public Builder listener(Consumer<Event> listener) {
            Given.one(listener);
            listeners.add(listener);
            return this;
        }

        /**
         * Opens the engine.
         *
         * @return open until {@link Engine#close()}, or until the JVM ends
         * @throws UnsupportedOnThisHost if containers cannot run here, with the reason and the remedy
         * @throws EngineProblem if the root directory cannot be used
         */
        public Engine build() {
            EngineProvider provider = ServiceLoader.load(EngineProvider.class, Engine.class.getClassLoader()).findFirst().orElseThrow(() ->
                    new EngineProblem(Stage.VALIDATE, "no engine is on the class path or module path", "add the artifact dev.caisson:caisson"));
            return provider.open(new EngineProvider.Settings(java.util.Optional.ofNullable(root), java.util.Optional.ofNullable(runDirectory),
                    java.util.Optional.ofNullable(cgroupParent), discovery, networkPool, spares, storage, networks, logs, registries, listeners,
                    java.util.Optional.ofNullable(storageDriver), java.util.Optional.ofNullable(contentTrust), ipv6, imageLimits));
        }
    }
}
