package dev.caisson;

import dev.caisson.spi.EngineProvider;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The way in.
 *
 * <pre>{@code
 * try (Container web = Containers.image("nginx").port(80).readOnly().capDrop(NET_RAW).run()) { ... }
 * Execution e = Containers.image("alpine").command("sh", "-c", "echo hello").execute();
 * Execution b = Containers.hostRoot().command("make", "test").workdir("/src").execute();
 * }</pre>
 *
 * These methods use one default engine, made at the first use. {@link Engine#builder()} makes further ones.
 */
public final class Containers {
    private static @Nullable Engine engine;

    private Containers() {}

    /** A container of an image, pulled if it is not in the local store: {@code nginx}, {@code registry.example.org:5000/team/app:1.2@sha256:…}. */
    public static ContainerBuilder image(String reference) {
        return engine().image(reference);
    }

    /** A container of a directory, copy-on-write: the directory is never changed. */
    public static ContainerBuilder rootfs(Path directory) {
        return engine().rootfs(directory);
    }

    /** A container of a copy-on-write view of the host's own root. */
    public static ContainerBuilder hostRoot() {
        return engine().hostRoot();
    }

    /** A pod: containers that share network, IPC and host name. */
    public static PodBuilder pod(String name) {
        return engine().pod(name);
    }

    /** A container of an OCI bundle, as {@code runc spec} and {@code crun spec} write it; see {@link Engine#bundle}. */
    public static ContainerBuilder bundle(Path directory) {
        return engine().bundle(directory);
    }

    /** What this host allows; {@code toString()} is the report for people. Needs no engine. */
    public static HostReport check() {
        return ServiceLoader.load(EngineProvider.class, Containers.class.getClassLoader()).findFirst().orElseThrow(() ->
                new EngineProblem(Stage.VALIDATE, "no engine is on the class path or module path", "add the artifact dev.caisson:caisson")).check();
    }

    /** The default engine: made at the first call, closed by a shutdown hook. */
    public static synchronized Engine engine() {
        Engine current = engine;
        if (current == null) {
            current = Engine.builder().build();
            engine = current;
        }
        return current;
    }

    /** Makes {@code other} the default engine. The previous one is neither closed nor changed. */
    public static synchronized void use(Engine other) {
        engine = other;
    }
}
