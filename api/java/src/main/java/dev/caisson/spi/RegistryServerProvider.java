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
     * What {@code Registry.serve(…)} collected; more stands at the methods of {@link RegistryServer.Builder}.
     *
     * @param directory what is served; empty if that is an engine's images
     * @param images what is served; empty if that is a directory
     * @param address an address of this host
     * @param port 0 for any that is free
     * @param plainHttp whether it may do without TLS where others reach it
     * @param certificate PEM, or PKCS #12 if there is a {@code keyPassword}; empty for no TLS
     * @param key PEM; empty without a certificate of PEM
     * @param keyPassword of the PKCS #12 file
     * @param htpasswd file of further users
     * @param users secrets by name
     * @param tokens how long one lives; empty for passwords with every request
     * @param rule who may do what; empty for everything
     * @param anonymousPull whether who shows no password may pull
     * @param readOnly whether nobody may push or delete
     * @param threads how many requests are answered at once
     * @param patience how long a client may stand still
     * @param largestBlob in bytes
     */
    record Settings(Optional<Path> directory, Optional<ServedImages.Source> images, String address, int port, boolean plainHttp, Optional<Path> certificate, Optional<Path> key, Optional<String> keyPassword,
            Optional<Path> htpasswd, Map<String, String> users, Optional<Duration> tokens, Optional<RegistryServer.Rule> rule, boolean anonymousPull, boolean readOnly,
            int threads, Duration patience, long largestBlob) {
        /** The map is copied. */
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
