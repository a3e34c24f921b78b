package dev.caisson.host.detach;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;

/** A JVM with a container that is detached beside one in the host's PID namespace. Operands: engine root, run directory, root file system, whether it closes its engine or waits to be killed. */
public final class BesideScenario {
    private BesideScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
        Path root = Path.of(arguments[2]);
        Container beside = engine.rootfs(root).name("beside").pidHost().stopTimeout(java.time.Duration.ZERO).command("/bin/sh", "-c", "exec sleep 600").run();
        engine.rootfs(root).name("kept").memory("64m").stopTimeout(java.time.Duration.ZERO).command("/bin/sh", "-c", "exec sleep 600").detached().run();
        Progress.mark("" + beside.pid());
        Progress.mark("running");
        if (arguments[3].equals("close")) {
            engine.close();
            return;
        }
        Thread.sleep(Long.MAX_VALUE);
    }
}
