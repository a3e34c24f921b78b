package dev.caisson.host.network;

import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.RestartPolicy;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;

/** A JVM with a web server that is detached and one that is not, on the same network, to be killed. Operands: engine root, run directory, root file system, directory bound to /ctl, ports of the second, of the first, of the first on the loopback. */
public final class DetachedNetworkScenario {
    private DetachedNetworkScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
        engine.networks().create("app");
        web(engine, arguments, "bound").port(Integer.parseInt(arguments[4]), 80).run();
        web(engine, arguments, "kept").port(Integer.parseInt(arguments[5]), 80).port("127.0.0.1", Integer.parseInt(arguments[6]), 80).restart(RestartPolicy.onFailure()).detached().run();
        Progress.mark("running");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static ContainerBuilder web(Engine engine, String[] arguments, String name) {
        return engine.rootfs(Path.of(arguments[2])).name(name).hostname(name).network("app").bind(Path.of(arguments[3]), "/ctl").stopTimeout(java.time.Duration.ZERO)
                .bindReadOnly(Path.of("/bin/busybox"), "/busybox").command("/bin/sh", "-c", DetachedNetworkTest.SERVES);
    }
}
