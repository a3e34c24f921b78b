package dev.caisson.host.pods;

import dev.caisson.Engine;
import dev.caisson.Pod;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;

/** A JVM with a pod that is published, one that shares processes, and pods that come and go, to be killed. Operands: engine root, run directory, root file system. */
public final class PodScenario {
    private PodScenario() {}

    public static void main(String[] arguments) throws InterruptedException {
        Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
        Path root = Path.of(arguments[2]);
        engine.pod("front").port(80).add(engine.rootfs(root).command("/bin/sleep", "600")).add(engine.rootfs(root).command("/bin/sleep", "600")).start();
        engine.pod("back").sharePid().add(engine.rootfs(root).command("/bin/sleep", "600")).start();
        new Thread(() -> {
            for (int n = 0;; n++) {
                try (Pod pod = engine.pod("short" + n).port(81).add(engine.rootfs(root).command("/bin/sleep", "600")).start()) {
                    pod.port(81);
                }
            }
        }).start();
        Progress.mark("running");
        Thread.sleep(Long.MAX_VALUE);
    }
}
