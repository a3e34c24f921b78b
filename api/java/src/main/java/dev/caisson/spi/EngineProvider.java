package dev.caisson.spi;

import dev.caisson.ContentTrust;
import dev.caisson.Engine;
import dev.caisson.Event;
import dev.caisson.HostReport;
import dev.caisson.ImageLimits;
import dev.caisson.RegistryAccess;
import dev.caisson.spi.logging.LogProvider;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.storage.StorageProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** How the API finds the engine behind it, so that the API depends on the JDK alone. */
public interface EngineProvider {
    /**
     * Opens an engine.
     *
     * @param settings what was not set is empty
     * @return open
     * @throws dev.caisson.UnsupportedOnThisHost if containers cannot run here
     * @throws dev.caisson.EngineProblem if the root directory cannot be used
     */
    Engine open(Settings settings);

    /**
     * Probes the host without an engine.
     *
     * @return nothing is changed for it
     */
    HostReport check();

    /**
     * What {@code Engine.builder()} collected; more stands at the methods of {@link Engine.Builder}.
     *
     * @param root where it keeps its state, absolute
     * @param runDirectory where it keeps what must not survive a reboot, absolute
     * @param cgroupParent relative to the mount of each hierarchy
     * @param discovery whether drivers are looked up by {@link java.util.ServiceLoader} too
     * @param networkPool how many network namespaces are kept ready
     * @param spares how many containers are made ahead
     * @param storage drivers that come before discovered ones
     * @param networks likewise, each instead of a discovered one of its name
     * @param logs likewise
     * @param registries how single ones are reached
     * @param listeners called at the end of every stage
     * @param storageDriver its name; empty for the engine to choose
     * @param contentTrust whether tags have to be signed; empty for what the environment says
     * @param ipv6 whether the default network has IPv6
     * @param imageLimits what a layer may come to
     */
    record Settings(Optional<Path> root, Optional<Path> runDirectory, Optional<String> cgroupParent, boolean discovery, int networkPool, int spares,
            List<StorageProvider> storage, List<NetworkProvider> networks, List<LogProvider> logs, List<RegistryAccess> registries, List<Consumer<Event>> listeners,
            Optional<String> storageDriver, Optional<ContentTrust> contentTrust, boolean ipv6, ImageLimits imageLimits) {
        /** The lists are copied. */
        public Settings {
            storage = List.copyOf(storage);
            networks = List.copyOf(networks);
            logs = List.copyOf(logs);
            registries = List.copyOf(registries);
            listeners = List.copyOf(listeners);
        }
    }
}
