package dev.caisson.host.faults;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A JVM that ends while containers run and start. Operands: how, engine root, run directory, root file system. */
public final class Endings {
    private Endings() {}

    public static void main(String[] arguments) throws Exception {
        Engine engine = Engine.builder().root(Path.of(arguments[1])).runDirectory(Path.of(arguments[2])).build(); // nobody closes it
        Path root = Path.of(arguments[3]);
        Container stays = engine.rootfs(root).name("stays").command("/bin/sleep", "600").run();
        engine.rootfs(root).memory("64m").command("/bin/sleep", "600").run().pause();
        for (int i = 0; i < 2; i++) {
            Thread starter = new Thread(() -> startForEver(engine, root));
            starter.setDaemon(true);
            starter.start();
        }
        switch (arguments[0]) {
            case "halt" -> {
                Thread.sleep(200);
                Progress.mark("ending");
                Runtime.getRuntime().halt(3);
            }
            case "exit" -> {
                Progress.mark("ending");
                System.exit(3);
            }
            case "exit in a callback" -> {
                stays.onExit().thenRun(() -> {
                    Progress.mark("ending");
                    System.exit(3);
                });
                stays.kill(dev.caisson.Signal.KILL);
                Thread.sleep(60_000);
            }
            case "a container closed by a hook of the application's" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    stays.close();
                    stays.close();
                    engine.close();
                }));
                Progress.mark("ending");
                System.exit(3);
            }
            case "removed in a callback" -> {
                CountDownLatch removed = new CountDownLatch(1);
                stays.onExit().thenRun(() -> { // blocks, where nothing of the engine's may be held up
                    stays.remove();
                    removed.countDown();
                });
                stays.kill(dev.caisson.Signal.KILL);
                removed.await();
                Progress.mark("ending");
                System.exit(3);
            }
            case "an error nobody catches" -> {
                stays.onExit().thenRun(() -> {
                    throw new StackOverflowError("of the caller's callback");
                });
                stays.kill(dev.caisson.Signal.KILL);
                engine.rootfs(root).command("/bin/echo", "still").execute();
                Progress.mark("ending");
                System.exit(3);
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void startForEver(Engine engine, Path root) {
        try {
            while (true) {
                engine.rootfs(root).pids(30).command("/bin/echo", "hello").execute();
            }
        } catch (ContainerException closed) {
            // the JVM is ending
        }
    }
}
