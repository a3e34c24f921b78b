package dev.caisson.host.attack;

import dev.caisson.Engine;
import java.nio.file.Path;

/** What {@link UmaskTest} runs under a umask. */
public final class UmaskLife {
    private static final String LOOK = "test -r /etc/hosts; a=$?; test -r /etc/resolv.conf; b=$?; ls / >/dev/null; c=$?; test -r /etc/os-release; echo hosts=$a resolv=$b root=$c layer=$?";

    private UmaskLife() {}

    /** @param args where the engine's directories are to be made, a root file system, the same as a tar */
    public static void main(String[] args) {
        Path life = Path.of(args[0]);
        try (Engine engine = Engine.builder().root(life.resolve("root")).runDirectory(life.resolve("run")).build()) {
            engine.images().importRootfs(Path.of(args[2]), "umask:1");
            System.out.print(engine.image("umask:1").user("app").command("/bin/sh", "-c", LOOK).execute().stdout());
            System.out.print(engine.rootfs(Path.of(args[1])).user("app").command("/bin/sh", "-c", LOOK).execute().stdout());
        }
    }
}
