package dev.caisson.host.rootless;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** What {@link DeadWorkerTest} runs as an ordinary user, whose worker somebody kills. */
public final class OrdinaryDeaths extends Scenarios {
    private static final int KILLS = 50;
    private static final long MOST_DELAY_MICROS = 80_000;

    private OrdinaryDeaths() {}

    /** @param args a root file system, then the names of scenarios */
    public static void main(String[] args) throws Exception {
        run(OrdinaryDeaths.class, args);
        for (long end = System.nanoTime() + 30_000_000_000L; !workers().isEmpty() && System.nanoTime() < end;) {
            Thread.onSpinWait(); // the last one was told to end a moment ago
        }
        say("workersAfter", workers().size());
    }

    private static String sh(Engine engine, String script) {
        return engine.rootfs(root).command("/bin/sh", "-c", script).execute().stdout().strip();
    }

    private static List<ProcessHandle> workers() {
        return ProcessHandle.allProcesses().filter(process -> {
            try {
                List<String> status = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"));
                return status.contains("Name:\tcaisson-worker") && status.stream().noneMatch(line -> line.startsWith("State:\tZ")) && status.contains("PPid:\t" + ProcessHandle.current().pid());
            } catch (IOException e) {
                return false; // it is gone
            }
        }).toList();
    }

    private static void kill() {
        workers().forEach(ProcessHandle::destroyForcibly);
    }

    private static void killAndSee() {
        kill();
        while (!workers().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    /** Between calls: nobody notices. */
    static void between(Engine engine) throws Exception {
        try (Container container = engine.rootfs(root).user("app").command("/bin/sleep", "600").stopTimeout(Duration.ZERO).run()) {
            container.exec("/bin/touch", "/tmp/before").run();
            killAndSee();
            say("next", sh(engine, "touch /tmp/x && chown 1000 /tmp/x && stat -c %u /tmp/x"));
            say("inside", container.exec("/bin/id", "-u").run().stdout());
            say("workers", workers().size());
            killAndSee();
            container.restart();
            killAndSee();
            say("restarted", container.state() + " " + container.exec("/bin/ls", "/tmp/before").run().stdout());
            killAndSee();
            say("changes", container.changes());
            Path home = Files.createDirectories(Path.of(System.getProperty("user.home"), "shared"));
            Files.writeString(home.resolve("file"), "bound");
            killAndSee();
            say("bound", engine.rootfs(root).bind(home, "/mnt").command("/bin/cat", "/mnt/file").execute().stdout());
            killAndSee();
        }
        killAndSee(); // and the engine closes
    }

    /** At any instant of any operation, and between them: what is not done says so. */
    static void atRandom(Engine engine) throws Exception {
        Random random = new Random(3);
        List<String> unnamed = new ArrayList<>();
        int done = 0;
        int failed = 0;
        Path image = Path.of(System.getProperty("user.home"), "image.tar");
        for (int i = 0; i < KILLS; i++) {
            long delay = random.nextLong(MOST_DELAY_MICROS);
            Thread killer = new Thread(() -> {
                LockSupport.parkNanos(delay * 1000);
                kill();
            });
            killer.start();
            try {
                operation(engine, image, i % 5).call();
                done++;
            } catch (ContainerException e) {
                failed++;
                if (!String.valueOf(e.getMessage()).contains("caisson-worker")) {
                    unnamed.add(e.toString());
                }
            } catch (Exception | AssertionError e) {
                unnamed.add(e.toString());
            }
            killer.join();
        }
        say("sum", done + failed);
        say("done", done);
        say("unnamed", unnamed);
        say("well", sh(engine, "id -u"));
        engine.images().list().forEach(each -> engine.images().remove(each.id()));
        say("images", engine.images().list());
        say("containers", engine.containers());
    }

    private static Callable<Object> operation(Engine engine, Path image, int which) {
        return switch (which) {
            case 0, 1 -> () -> expect("done", sh(engine, "echo once >> /tmp/x; rm -r /home; wc -l < /tmp/x | grep -q '^1$' && echo done"));
            case 2 -> () -> {
                try (Container container = engine.rootfs(root).user("app").command("/bin/sleep", "600").stopTimeout(Duration.ZERO).run()) {
                    expect("1000", container.exec("/bin/id", "-u").run().stdout().strip());
                    return container.changes();
                }
            };
            case 3 -> () -> engine.images().importRootfs(image, "deaths:" + System.nanoTime()).references();
            default -> () -> {
                try (Container container = engine.rootfs(root).volume("/home").command("/bin/sleep", "600").stopTimeout(Duration.ZERO).run()) {
                    container.restart();
                    return container.state();
                }
            };
        };
    }

    private static Object expect(String wanted, String is) {
        if (!wanted.equals(is)) {
            throw new AssertionError("'" + is + "' instead of '" + wanted + "'");
        }
        return is;
    }
}
