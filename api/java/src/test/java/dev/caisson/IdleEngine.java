package dev.caisson;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** An engine that runs nothing: builders need one, and a spec is made without it. */
final class IdleEngine {
    private static final Engine ENGINE = (Engine) Proxy.newProxyInstance(Engine.class.getClassLoader(), new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> {
                if (method.isDefault()) {
                    return InvocationHandler.invokeDefault(proxy, method, arguments);
                }
                throw new AssertionError("a builder called " + method);
            });

    private IdleEngine() {}

    static Engine engine() {
        return ENGINE;
    }

    static PodBuilder pod() {
        return ENGINE.pod("web");
    }

    static ContainerBuilder image() {
        return ENGINE.image("alpine");
    }

    static ContainerBuilder rootfs() {
        return ENGINE.rootfs(Path.of("/srv/root"));
    }

    /** One like that of {@code runc spec}. */
    static ContainerBuilder bundle() {
        try (InputStream json = IdleEngine.class.getResourceAsStream("bundle.json")) {
            return bundle(new String(json.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One with this configuration, which is read and removed. */
    static ContainerBuilder bundle(String json) {
        try {
            Path directory = Files.createTempDirectory("caisson-bundle");
            Path config = Files.writeString(directory.resolve("config.json"), json);
            try {
                return ENGINE.bundle(directory);
            } finally {
                Files.delete(config);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ContainerBuilder hostRoot() {
        return ENGINE.hostRoot();
    }
}
