package dev.caisson.host.oci;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;

/** A JVM with two containers of bundles that name their cgroups, to be killed. Operands: engine root, run directory, bundles. */
public final class CgroupsScenario {
    private CgroupsScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
        for (int i = 2; i < arguments.length; i++) {
            Container container = engine.bundle(Path.of(arguments[i])).run();
            container.exec("/bin/observer", "true").run();
        }
        Progress.mark("running");
        Thread.sleep(Long.MAX_VALUE);
    }
}
