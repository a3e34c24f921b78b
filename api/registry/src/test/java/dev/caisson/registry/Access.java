package dev.caisson.registry;

import dev.caisson.RegistryServer;
import dev.caisson.testkit.registry.Pki;
import java.nio.file.Path;
import java.time.Duration;

/** The ways a registry lets people in. */
enum Access {
    PLAIN, PASSWORD, TOKEN, TLS, TLS_TOKEN;

    static final String USER = "me";
    static final String SECRET = "pw";

    boolean tls() {
        return this == TLS || this == TLS_TOKEN;
    }

    boolean users() {
        return this != PLAIN && this != TLS;
    }

    /** @param directory for certificates and users */
    RegistryServer.Builder settings(RegistryServer.Builder builder, Path directory) {
        if (tls()) {
            Pki.Identity identity = new Pki(directory.resolve("pki")).server();
            builder.tls(identity.certificate(), identity.key());
        }
        if (users()) {
            Shells.run("mkdir -p " + directory + "; htpasswd -Bbn " + USER + " " + SECRET + " > " + directory + "/htpasswd");
            builder.htpasswd(directory.resolve("htpasswd"));
        }
        return this == TOKEN || this == TLS_TOKEN ? builder.tokens(Duration.ofMinutes(1)) : builder;
    }

    /** Options of skopeo, such as {@code --src-} and {@code --dest-}, or just {@code --}. */
    String skopeo(String side, Path directory) {
        String trust = tls() ? side + "cert-dir=" + directory.resolve("pki") : side + "tls-verify=false";
        return trust + (users() ? " " + side + "creds=" + USER + ":" + SECRET : "");
    }
}
