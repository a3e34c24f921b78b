package dev.caisson.spi;

import dev.caisson.RegistryServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** How the API finds the registry server, which is an artifact of its own. */
public interface RegistryServerProvider {
    /**
     * Starts one.
     *
     * @param settings what was not set is empty, or its default
     * @return listening
     * @throws dev.caisson.InvalidSpec if settings do not go together
     * @throws dev.caisson.NetworkProblem if the port is taken
     */
    RegistryServer start(Settings settings);

    /**
     * What {@code Registry.serve(…)} collected; what the others mean stands at the methods of {@link RegistryServer.Builder}.
     *
     * @param directory what is served, or
     * @param images what is served
     */
    record Settings(Optional<Path> directory, Optional<ServedImages.Source> images, String address, int port, boolean plainHttp, Optional<Path> certificate, Optional<Path> key, Optional<String> keyPassword,
            Optional<Path> htpasswd, Map<String, String> users, Optional<Duration> tokens, Optional<RegistryServer.Rule> rule, boolean anonymousPull, boolean readOnly,
            int threads, Duration patience, long largestBlob) {
        public Settings {
            users = Map.copyOf(users);
        }

        /** Without the secrets. */
        @Override
        public String toString() {
            return "registry server over " + directory.map(Path::toString).orElse("an engine's images") + " on " + address + ":" + port;
        }
    }
}
