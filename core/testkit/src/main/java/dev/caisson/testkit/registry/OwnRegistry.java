package dev.caisson.testkit.registry;

import dev.caisson.Registry;
import dev.caisson.RegistryServer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * This house's own registry in the test's JVM, for tests that need some registry; what must work with docker's has {@link RealRegistry}. The server is found by the API, so a
 * module that uses this has {@code caisson-registry} among its test dependencies.
 */
public final class OwnRegistry implements AutoCloseable {
    private final AtomicInteger reads = new AtomicInteger();
    private final RegistryServer server;

    private OwnRegistry(Path directory, UnaryOperator<RegistryServer.Builder> settings) {
        server = settings.apply(Registry.serve(directory)).allow((user, repository, action) -> {
            reads.addAndGet(action == RegistryServer.Action.PULL ? 1 : 0);
            return true;
        }).start();
    }

    /** Anybody may do anything. */
    public static OwnRegistry plain(Path directory) {
        return new OwnRegistry(directory, usual -> usual);
    }

    /** With a password. */
    public static OwnRegistry password(Path directory, String user, String password) {
        return new OwnRegistry(directory, usual -> usual.user(user, password));
    }

    /** As in references. */
    public String host() {
        return server.host();
    }

    /** How many times somebody who was let in has asked for a manifest, a blob or a list. */
    public int reads() {
        return reads.get();
    }

    @Override
    public void close() {
        server.close();
    }
}
