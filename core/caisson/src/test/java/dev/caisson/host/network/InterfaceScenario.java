package dev.caisson.host.network;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;
import java.time.Duration;

/** A container with an interface of the host's, for a JVM that will be killed. Operands: engine root, run directory, root file system, what it does, interface. */
public final class InterfaceScenario {
    private InterfaceScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build()) {
            ContainerBuilder has = engine.rootfs(Path.of(arguments[2])).bindReadOnly(Path.of("/bin/busybox"), "/busybox").command("/busybox", "sleep", "600").hostInterface(arguments[4])
                    .capAdd(Capability.NET_ADMIN).stopTimeout(Duration.ZERO);
            if (arguments[3].equals("detached")) {
                engine.rootfs(Path.of(arguments[2])).bindReadOnly(Path.of("/bin/busybox"), "/busybox").command("/busybox", "sleep", "600").networkNone().name("stays").detached()
                        .stopTimeout(Duration.ZERO).run();
            }
            do {
                Container run = has.run();
                Progress.mark("has");
                if (arguments[3].equals("hostile")) {
                    run.exec("/busybox", "sh", "-c", "/busybox ip addr flush dev wire0; /busybox ip link set wire0 down; /busybox ip link set wire0 name mine; /busybox ip link set mine up").run();
                } else if (arguments[3].equals("again")) {
                    run.close();
                    continue;
                } else if (arguments[3].equals("ended")) {
                    run.stop();
                }
                Progress.mark("ready");
                Thread.sleep(Long.MAX_VALUE);
            } while (true);
        } catch (ContainerException e) {
            Progress.mark("refused");
            e.printStackTrace();
        }
    }
}
