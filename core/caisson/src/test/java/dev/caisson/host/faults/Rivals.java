package dev.caisson.host.faults;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.InvalidSpec;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/**
 * One of several JVMs at one root that want the same names; whoever has one has it alone. Or one that takes over what is detached and stops it. Operands: which, engine root, run
 * directory, root file system.
 */
public final class Rivals {
    /** And the number of a name: who listens there does so alone. */
    private static final int PORT = 4710;

    private Rivals() {}

    public static void main(String[] arguments) {
        try (Engine engine = Engine.builder().root(Path.of(arguments[1])).runDirectory(Path.of(arguments[2])).build()) {
            switch (arguments[0]) {
                case "names" -> names(engine, Path.of(arguments[3]));
                case "detach" -> {
                    engine.rootfs(Path.of(arguments[3])).name("kept").networkNone().stopTimeout(Duration.ZERO).detached().command("/bin/sleep", "600").run();
                    Progress.mark("detached");
                }
                case "stop" -> stop(engine);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
        Progress.mark("done");
    }

    /** In random order, until killed. Two at once with one name would be two that listen at one port. */
    private static void names(Engine engine, Path root) {
        Random random = new Random();
        while (true) {
            int number = random.nextInt(3);
            String name = "name-" + number;
            try (Container container = engine.rootfs(root).name(name).networkHost()
                    .command("/bin/sh", "-c", "nc -l -p " + (PORT + number) + " & sleep 0.03; kill -0 $! && echo mine; wait").run()) {
                long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                while (container.logs().isEmpty() && container.state() == Container.State.RUNNING && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                if (!container.logs().equals("mine\n")) {
                    Progress.mark("two have " + name + ": " + container);
                }
                if (random.nextInt(4) == 0) {
                    container.restart();
                }
                Progress.mark("had one");
            } catch (InvalidSpec taken) {
                if (!taken.getMessage().contains("is the name of container")) {
                    throw taken;
                }
            }
        }
    }

    private static void stop(Engine engine) {
        Progress.mark("open");
        try {
            engine.containers().find("kept").ifPresent(container -> {
                container.stop();
                Progress.mark("stopped " + container.state());
                container.remove();
            });
        } catch (ContainerException e) {
            Progress.mark("refused");
            System.out.println(e);
        }
    }
}
