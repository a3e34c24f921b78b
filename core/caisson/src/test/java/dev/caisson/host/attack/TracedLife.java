package dev.caisson.host.attack;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.UserNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The life of images and containers, as a program to be traced: every call of the API that touches what a container or an image made. */
public final class TracedLife {
    private TracedLife() {}

    /** Every other way to start: in a user namespace, as a sandbox, on a terminal, on the directory itself, on a bridge, with a volatile root, and from a spare. */
    private static void otherKinds(Engine engine, Path rootfs, String change) {
        engine.image("traced:1").user("root").userns(UserNamespace.auto()).command("/bin/sh", "-c", change).captureChanges().execute();
        engine.image("traced:1").sandbox().command("/bin/true").execute();
        engine.hostRoot().sandbox().command("/bin/true").execute();
        engine.rootfs(rootfs).tty().command("/bin/sh", "-c", change).execute();
        engine.rootfs(rootfs).writable().tmpfs("/made/by/engine").command("/bin/true").execute();
        engine.rootfs(rootfs).readOnly().network("bridge").command("/bin/true").execute();
        for (int i = 0; i < 4; i++) {
            engine.image("traced:1").workdir("/made/again").command("/bin/true").execute();
        }
    }

    /** @param args the engine's root, a root file system with a shell, the same as a tar, an archive to write */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Path rootfs = Path.of(args[1]);
        try (Engine engine = Engine.builder().root(home.resolve("root")).runDirectory(home.resolve("run")).build()) {
            engine.images().importRootfs(Path.of(args[2]), "traced:1", "VOLUME /data", "WORKDIR /made/by/engine", "USER app", "ENV LD_PRELOAD=/evil.so BASH_ENV=/evil JAVA_TOOL_OPTIONS=-javaagent:/evil IFS=x");
            engine.images().save("traced:1", Path.of(args[3]));
            engine.images().remove("traced:1");
            engine.images().load(Path.of(args[3]));
            String change = "mkdir -p /tmp/a/b/c; echo x > /tmp/a/b/c/d; ln -s /etc /tmp/a/e; rm -r /tmp/gone 2>/dev/null";
            engine.image("traced:1").user("root").command("/bin/sh", "-c", change).captureChanges().execute().changes();
            engine.image("traced:1").readOnly().user("app").command("/bin/true").execute();
            engine.rootfs(rootfs).command("/bin/sh", "-c", change).captureChanges().execute();
            engine.hostRoot().command("/bin/sh", "-c", "mkdir -p /var/tmp/a/b; echo x > /var/tmp/a/b/c").execute();
            try (Container container = engine.rootfs(rootfs).tmpfs("/deep/er/target").bind(Files.createDirectories(home.resolve("volume")), "/var/volume/x")
                    .command("/bin/sh", "-c", change + "; sleep 100").stopTimeout(Duration.ZERO).captureChanges().run()) {
                container.exec("/bin/sh", "-c", change).user("app").run();
                container.changes();
                container.logs();
                container.restart();
            }
            otherKinds(engine, rootfs, change);
            engine.images().remove("traced:1");
        }
    }
}
