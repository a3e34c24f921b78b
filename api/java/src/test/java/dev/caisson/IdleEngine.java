package dev.caisson;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
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

    static ContainerBuilder image() {
        return ENGINE.image("alpine");
    }

    static ContainerBuilder rootfs() {
        return ENGINE.rootfs(Path.of("/srv/root"));
    }

    static ContainerBuilder hostRoot() {
        return ENGINE.hostRoot();
    }
}
