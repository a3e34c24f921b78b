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

    /**
     * A container of an image, pulled if it is not in the local store: {@code nginx}, {@code registry.example.org:5000/team/app:1.2@sha256:…}.
     *
     * @param reference as docker has it: registry, repository, tag and digest as far as they are needed; or the id of an image that is here
     * @return to be told more, then run; nothing is looked up or pulled before
     */
    public static ContainerBuilder image(String reference) {
        return engine().image(reference);
    }

    /**
     * A container of a directory, copy-on-write: the directory is never changed.
     *
     * @param directory a root file system, on the host
     * @return to be told more; {@link ContainerBuilder#writable()} lets the container write into the directory itself
     */
    public static ContainerBuilder rootfs(Path directory) {
        return engine().rootfs(directory);
    }

    /**
     * A container of a copy-on-write view of the host's own root.
     *
     * @return to be told more; what the container changes is in {@link Execution#changes()} and goes with it
     */
    public static ContainerBuilder hostRoot() {
        return engine().hostRoot();
    }

    /**
     * A pod: containers that share network, IPC and host name.
     *
     * @param name unique among containers: letters, digits, {@code _}, {@code .} and {@code -}
     * @return to be told more, then started
     */
    public static PodBuilder pod(String name) {
        return engine().pod(name);
    }

    /**
     * A container of an OCI bundle, as {@code runc spec} and {@code crun spec} write it; see {@link Engine#bundle}.
     *
     * @param directory the one with {@code config.json}
     * @return to be told more
     * @throws InvalidSpec if there is no such file, or it is no JSON object
     */
    public static ContainerBuilder bundle(Path directory) {
        return engine().bundle(directory);
    }

    /**
     * What this host allows; {@code toString()} is the report for people. Needs no engine.
     *
     * @return for people and as data; nothing is changed for it
     * @throws EngineProblem if no engine is on the class path: the artifact {@code dev.caisson:caisson} is missing
     */
    public static HostReport check() {
        return ServiceLoader.load(EngineProvider.class, Containers.class.getClassLoader()).findFirst().orElseThrow(() ->
                new EngineProblem(Stage.VALIDATE, "no engine is on the class path or module path", "add the artifact dev.caisson:caisson")).check();
    }

    /**
     * The default engine: made at the first call, closed by a shutdown hook.
     *
     * @return the same at each call, until {@link #use}; its root directory is {@code -Dcaisson.root}, {@code CAISSON_ROOT}, else {@code /var/lib/caisson} (an
     *     ordinary user's is below his home)
     * @throws UnsupportedOnThisHost if containers cannot run here, with the reason and the remedy
     * @throws EngineProblem if the root directory cannot be used
     */
    public static synchronized Engine engine() {
        Engine current = engine;
        if (current == null) {
            current = Engine.builder().build();
            engine = current;
        }
        return current;
    }

    /**
     * Makes {@code other} the default engine. The previous one is neither closed nor changed.
     *
     * @param other closed by whoever made it, not by the shutdown hook
     */
    public static synchronized void use(Engine other) {
        engine = other;
    }
}
