package dev.caisson.host.rootless;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Execution;
import java.nio.file.Path;
import java.time.Duration;

/** What {@link OrdinaryIdsTest} runs as an ordinary user whose ids, home or host are not as they mostly are. */
public final class OrdinaryOdds extends Scenarios {
    private OrdinaryOdds() {}

    /** @param args a root file system, then the names of scenarios */
    public static void main(String[] args) throws Exception {
        try {
            run(OrdinaryOdds.class, args);
        } catch (ContainerException e) {
            say("open", e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    static void check(Engine engine) {
        say("check", Containers.check());
    }

    /** How it ended, what it said, and what of its root file system is not as asked for. */
    private static String all(Execution e) {
        return e.exitCode() + " " + e.stdout() + e.stderr() + e.warnings().stream().filter(w -> w.contains("rootfs(")).toList();
    }

    /** A directory is made where one was deleted. */
    static void plain(Engine engine) {
        say("plain", refused(() -> all(engine.rootfs(root).command("/bin/sh", "-c", "id -u; rm -r /home/app && mkdir /home/app && ls -A /home/app").execute())));
    }

    static void app(Engine engine) {
        say("app", refused(() -> all(engine.rootfs(root).user("app").command("/bin/id", "-u").execute())));
    }

    static void load(Engine engine) {
        say("import", refused(() -> engine.images().importRootfs(Path.of(System.getProperty("user.home"), "image.tar"), "odd:1").references()));
    }

    static void image(Engine engine) {
        String look = "stat -c %u:%g /home/app; rm -r /home/app; mkdir /home/app; ls -A /home/app; echo x > /new; chown 7 /new; stat -c %u /new";
        say("image", refused(() -> all(engine.image("odd:1").command("/bin/sh", "-c", look).execute())));
    }

    static void remove(Engine engine) {
        say("remove", refused(() -> {
            engine.images().remove("odd:1");
            return engine.images().list();
        }));
    }

    /** A container with files of another, which nobody ends in order. */
    static void leave(Engine engine) {
        Container container = engine.image("odd:1").user("app").command("/bin/sh", "-c", "mkdir /home/app/x; touch /home/app/x/y; chmod 0 /home/app/x; touch /tmp/done; sleep 600")
                .stopTimeout(Duration.ZERO).run();
        container.exec("/bin/sh", "-c", "while ! test -e /tmp/done; do sleep 0.1; done").run();
        Runtime.getRuntime().halt(0);
    }
}
