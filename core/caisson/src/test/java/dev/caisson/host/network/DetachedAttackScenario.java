package dev.caisson.host.network;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * A JVM to be killed at any instant: it takes over what bridged containers its home has, makes them, detaches, stops, starts, restarts and removes them in random order. Or, without a
 * seed, one that waits for a file and then takes over what there is. Operands: engine root, run directory, root file system, seed or file, ports of the first and the second.
 */
public final class DetachedAttackScenario {
    private static final List<String> NAMES = List.of("one", "two");

    private DetachedAttackScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        Path last = Path.of(arguments[3]);
        if (last.isAbsolute()) {
            Progress.mark("ready");
            while (!Files.exists(last)) {
                Thread.onSpinWait();
            }
            Engine engine = open(arguments);
            Progress.mark("has-" + engine.containers().size());
            Thread.sleep(Long.MAX_VALUE);
        }
        Random random = new Random(Long.parseLong(arguments[3]));
        Progress.mark("begins");
        Engine engine = open(arguments);
        Progress.mark("opened");
        while (true) {
            act(engine, arguments, random);
        }
    }

    private static Engine open(String... arguments) {
        return Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
    }

    private static void act(Engine engine, String[] arguments, Random random) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        Container there = engine.containers().find(name).orElse(null);
        if (there == null) {
            ContainerBuilder web = web(engine, Path.of(arguments[2]), name).port(Integer.parseInt(arguments[4 + NAMES.indexOf(name)]), 80);
            if (random.nextBoolean()) {
                web.detached().run();
            } else {
                web.run().detach();
            }
            return;
        }
        switch (random.nextInt(6)) {
            case 0 -> there.restart();
            case 1 -> there.stop();
            case 2, 3 -> there.start();
            case 4 -> {
                if (there.state() == Container.State.RUNNING) {
                    there.exec("/bin/observer", "true").run();
                }
            }
            default -> there.remove();
        }
    }

    static ContainerBuilder web(Engine engine, Path root, String name) {
        return engine.rootfs(root).name(name).hostname(name).network("bridge").stopTimeout(Duration.ZERO).bindReadOnly(Path.of("/bin/busybox"), "/busybox")
                .command("/busybox", "httpd", "-f", "-p", "80", "-h", "/");
    }
}
