package dev.caisson.testkit.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry as a process of the test, on a free port of 127.0.0.1, its images in a directory. */
public final class RealRegistry implements AutoCloseable {
    private static final int SECONDS = 30;

    private final Process process;
    private final int port;
    private final Path directory;

    private RealRegistry(Path directory, String http, String auth) {
        this.directory = directory;
        this.port = freePort();
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("config.yml"), "version: 0.1\nlog:\n  accesslog:\n    disabled: false\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: " + directory.resolve("data")
                    + "\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:" + port + "\n" + http + auth);
            process = new ProcessBuilder("docker-registry", "serve", directory.resolve("config.yml").toString()).redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitPort();
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
        return "127.0.0.1:" + port;
    }

    /** What it says it was asked, so far. */
    public String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitPort() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    process.destroyForcibly();
                    throw new AssertionError("docker-registry does not come up: " + log(), e);
                }
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
