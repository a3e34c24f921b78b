package dev.caisson.host.crash;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.testkit.crash.Progress;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a JVM does that is going to be killed: a scenario once, or all kinds of starts from several threads until the end. Operands: name, engine root, run
 * directory, root file system, and a tar of it.
 */
public final class CrashScenario {
    /** Scenarios that end by themselves. */
    public static final List<String> ONCE = List.of("execute", "exec", "limits", "spares", "sandbox", "image", "host");
    /** Starts without end. */
    public static final String STARTS = "starts";
    /** The same in an engine whose cgroups have a parent that has to be made. */
    public static final String PARENT = "parent";
    /** Containers that stay: plain, limited, paused, with an exec. */
    public static final String STAYING = "staying";
    /** One that stays in the host's PID namespace, with children. */
    public static final String HOST_PIDS = "host pids";

    private static final int THREADS = 3;

    private final Engine engine;
    private final Path root;
    private final Path tar;

    private CrashScenario(Engine engine, Path root, Path tar) {
        this.engine = engine;
        this.root = root;
        this.tar = tar;
    }

    public static void main(String[] arguments) throws InterruptedException {
        Engine.Builder builder = Engine.builder().root(Path.of(arguments[1])).runDirectory(Path.of(arguments[2]));
        if (arguments[0].equals(PARENT)) {
            builder.cgroupParent("caisson-crash-" + ProcessHandle.current().pid() + "/below");
        }
        try (Engine engine = builder.build()) {
            Progress.mark("open");
            CrashScenario scenario = new CrashScenario(engine, Path.of(arguments[3]), Path.of(arguments[4]));
            switch (arguments[0]) {
                case STARTS, PARENT -> scenario.startForEver();
                case STAYING -> scenario.stay();
                case HOST_PIDS -> scenario.stayOutside();
                default -> scenario.once(arguments[0]);
            }
            Progress.mark("done");
        } catch (ContainerException e) {
            // With a guard or a child as the victim that is the right answer; a hang would not be.
            Progress.mark("refused");
            e.printStackTrace();
        }
    }

    private void once(String name) {
        switch (name) {
            case "execute" -> expect(engine.rootfs(root).name("crash").command("/bin/echo", "hello").execute());
            case "exec" -> exec();
            case "limits" -> expect(engine.rootfs(root).memory("64m").cpus(0.5).pids(50).command("/bin/echo", "hello").execute());
            case "image" -> image();
            case "spares" -> spares();
            case "sandbox" -> expect(engine.rootfs(root).sandbox().command("/bin/echo", "hello").execute());
            case "host" -> expect(engine.hostRoot().command("/bin/echo", "hello").execute());
            default -> throw new IllegalArgumentException(name);
        }
    }

    /** The second start of a kind makes spares, the later ones use them. */
    private void spares() {
        for (int i = 0; i < 5; i++) {
            expect(engine.rootfs(root).pids(40).command("/bin/echo", "hello").execute());
            Progress.mark("started");
        }
    }

    private void exec() {
        try (Container container = engine.rootfs(root).name("crash").pids(20).stopTimeout(Duration.ZERO).command("/bin/sleep", "600").run()) {
            Progress.mark("running");
            expect(container.exec("/bin/echo", "hello").run());
            container.stop();
        }
    }

    private void image() {
        engine.images().importRootfs(tar, "tiny:1");
        Progress.mark("imported");
        try (Container container = engine.image("tiny:1").name("crash").command("/bin/echo", "hello").run()) {
            container.waitForExit(Duration.ofSeconds(60));
        }
    }

    private static void expect(Execution execution) {
        if (execution.exitCode() == 0 && !execution.stdout().equals("hello\n")) {
            throw new AssertionError("output lost: " + execution + " '" + execution.stdout() + "'");
        }
    }

    private void startForEver() throws InterruptedException {
        for (int i = 0; i < THREADS; i++) {
            String[] names = {"execute", "exec", "limits", "host"};
            int first = i;
            Thread thread = new Thread(() -> {
                for (int n = first;; n++) {
                    if (names[n % names.length].equals("exec") || first == 0) {
                        anonymous(names[n % names.length]);
                    } else {
                        once(names[n % names.length].equals("execute") ? "limits" : names[n % names.length]);
                    }
                    Progress.mark("started");
                }
            });
            thread.start();
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    /** Only one thread can have the name at a time. */
    private synchronized void anonymous(String name) {
        once(name);
    }

    private void stay() throws InterruptedException {
        engine.rootfs(root).name("crash").command("/bin/sleep", "600").run();
        Container limited = engine.rootfs(root).memory("64m").cpus(0.5).pids(50).command("/bin/sleep", "600").run();
        limited.exec("/bin/sleep", "600").start();
        engine.rootfs(root).command("/bin/sleep", "600").run().pause();
        Progress.mark("running");
        Thread.sleep(Long.MAX_VALUE);
    }

    private void stayOutside() throws InterruptedException {
        Container outside = engine.rootfs(root).name("crash").pidHost().command(TinyRootfs.OBSERVER, "stubborn", "3").run();
        outside.exec("/bin/sleep", "600").start();
        while (outside.stats().pids() < 5) {
            Thread.sleep(10);
        }
        Progress.mark("running");
        Thread.sleep(Long.MAX_VALUE);
    }
}
