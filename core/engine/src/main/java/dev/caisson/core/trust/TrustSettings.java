package dev.caisson.core.trust;

import dev.caisson.ContentTrust;
import dev.caisson.InvalidSpec;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Content trust as the caller says, else as docker's environment says: {@code DOCKER_CONTENT_TRUST}, {@code DOCKER_CONTENT_TRUST_SERVER}. */
public final class TrustSettings {
    /** What Go's ParseBool takes for false; docker takes everything else for true. */
    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");
    private static final String HUB = "docker.io";
    private static final URI HUB_SERVER = URI.create("https://notary.docker.io");

    private final ContentTrust standard;
    private final String server;

    /** @param environment as System.getenv() */
    public TrustSettings(Optional<ContentTrust> given, Map<String, String> environment) {
        String word = environment.getOrDefault("DOCKER_CONTENT_TRUST", "");
        this.standard = given.orElseGet(() -> word.isEmpty() || FALSE.contains(word) ? ContentTrust.disabled() : ContentTrust.enforced());
        this.server = environment.getOrDefault("DOCKER_CONTENT_TRUST_SERVER", "");
    }

    /** What holds where a call says nothing else. */
    public ContentTrust standard() {
        return standard;
    }

    /**
     * The server that is somebody's own choice, for all registries.
     *
     * @throws InvalidSpec if the environment names one without TLS
     */
    public Optional<URI> chosen(ContentTrust trust) {
        if (trust.server() != null) {
            return Optional.of(trust.server());
        }
        return server.isEmpty() ? Optional.empty() : Optional.ofNullable(ContentTrust.enforced().server(server).server());
    }

    /** The server that docker asks for a registry. */
    public static URI usual(String registry) {
        return registry.equals(HUB) ? HUB_SERVER : URI.create("https://" + registry);
    }
}
