package dev.caisson.host.detach;

import dev.caisson.Engine;
import dev.caisson.Readiness;
import dev.caisson.RestartPolicy;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;

/** A JVM with a container that is detached and one that is not, to be killed. Operands: engine root, run directory, root file system, directory bound to /ctl, script, restart policy if any. */
public final class DetachScenario {
    private DetachScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
        Path root = Path.of(arguments[2]);
        engine.rootfs(root).name("bound").command("/bin/sh", "-c", "exec sleep 600").run();
        engine.rootfs(root).name("kept").bind(Path.of(arguments[3]), "/ctl").env("WORD", "hello").command("/bin/sh", "-c", arguments[4])
                .waitFor(Readiness.log("before")).stopTimeout(java.time.Duration.ofMillis(200))
                .restart(arguments.length > 5 ? RestartPolicy.onFailure() : RestartPolicy.no()).detached().run();
        Progress.mark("running");
        Thread.sleep(Long.MAX_VALUE);
    }
}
