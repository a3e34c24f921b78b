package dev.caisson.host.crash;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.Network;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;

/** Starts of bridged containers with published ports, and networks that come and go, from three threads without end. Operands: engine root, run directory, root file system. */
public final class BridgedScenario {
    private BridgedScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build()) {
            Path root = Path.of(arguments[2]);
            for (int i = 0; i < 2; i++) {
                new Thread(() -> {
                    while (true) {
                        plain(engine, root);
                    }
                }).start();
            }
            new Thread(() -> {
                for (int n = 0;; n++) {
                    own(engine, root, "app" + n);
                }
            }).start();
            Thread.sleep(Long.MAX_VALUE);
        } catch (ContainerException e) {
            Progress.mark("refused");
            e.printStackTrace();
        }
    }

    private static void plain(Engine engine, Path root) {
        try (Container container = engine.rootfs(root).port(80).port("127.0.0.1", 0, 81).command("/bin/sleep", "600").run()) {
            Progress.mark("started");
            container.port(80);
        }
    }

    private static void own(Engine engine, Path root, String name) {
        try (Network network = engine.networks().create(name, n -> n.ipv6());
                Container container = engine.rootfs(root).network(name).network("bridge").port(80).bandwidth("100mbit", "100mbit").egress(e -> e.allow("repo.example:443").allowByAddress("git.example:22")).command("/bin/sleep", "600").run()) {
            Progress.mark("started");
            network.disconnect(container);
            network.connect(container);
        }
    }
}
