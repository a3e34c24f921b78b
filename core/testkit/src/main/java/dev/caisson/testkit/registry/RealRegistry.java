package dev.caisson.testkit.registry;

import java.nio.file.Path;
import java.util.List;

/** Debian's docker-registry as a process of the test, on a free port of 127.0.0.1, its images in a directory. */
public final class RealRegistry implements AutoCloseable {
    private final ServerProcess process;

    private RealRegistry(Path directory, String http, String auth) {
        this.process = new ServerProcess(directory, "config.yml", port -> "version: 0.1\nlog:\n  accesslog:\n    disabled: false\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: "
                + directory.resolve("data") + "\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:" + port + "\n" + http + auth, List.of("docker-registry", "serve"));
    }

    /** Anybody may do anything. */
    public static RealRegistry plain(Path directory) {
        return new RealRegistry(directory, "", "");
    }

    /** With a password, by htpasswd. */
    public static RealRegistry password(Path directory, String user, String password) {
        Shell.run("mkdir -p '" + directory + "' && htpasswd -Bbn '" + user + "' '" + password + "' > '" + directory + "/htpasswd'");
        return new RealRegistry(directory, "", "auth:\n  htpasswd:\n    realm: test\n    path: " + directory + "/htpasswd\n");
    }

    /** With TLS. */
    public static RealRegistry tls(Path directory, Pki.Identity identity) {
        return new RealRegistry(directory, "  tls:\n    certificate: " + identity.certificate() + "\n    key: " + identity.key() + "\n", "");
    }

    /** With TLS, for clients that show a certificate of this authority. */
    public static RealRegistry mutualTls(Path directory, Pki.Identity identity, Path authority) {
        return new RealRegistry(directory, "  tls:\n    certificate: " + identity.certificate() + "\n    key: " + identity.key() + "\n    clientcas:\n      - " + authority + "\n", "");
    }

    /** With tokens. */
    public static RealRegistry token(Path directory, TokenServer tokens) {
        return new RealRegistry(directory, "", "auth:\n  token:\n    realm: " + tokens.realm() + "\n    service: test-registry\n    issuer: test\n    rootcertbundle: "
                + tokens.identity().certificate() + "\n");
    }

    /** As in references. */
    public String host() {
        return process.host();
    }

    /** What it says it was asked, so far. */
    public String log() {
        return process.log();
    }

    @Override
    public void close() {
        process.close();
    }
}
