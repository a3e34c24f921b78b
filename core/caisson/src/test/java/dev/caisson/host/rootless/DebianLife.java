package dev.caisson.host.rootless;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.Execution;
import java.nio.file.Path;

/** What {@link DebianTest} runs as an ordinary user: Debian's own package manager, in an image of his. */
public final class DebianLife extends Scenarios {
    private static final String INSTALL = "apt-get -qq update && apt-get -qq -y install hello-caisson >/dev/null && hello-caisson && stat -c %U:%G:%a /var/lib/hello-caisson && dpkg-query -W -f '${Package} ${Status}\\n' hello-caisson"
            + " needed-caisson && grep -c . /var/lib/apt/lists/*_Packages && stat -c %U:%a /var/lib/apt/lists/partial";
    private static final String REMOVE = "apt-get -qq -y purge hello-caisson >/dev/null && apt-get -qq -y autoremove >/dev/null && ! test -e /usr/bin/hello-caisson && ! test -e /usr/share/needed-caisson && ! dpkg-query -W hello-caisson && echo removed";

    private DebianLife() {}

    /** @param args a root file system that is not used, then the names of scenarios */
    public static void main(String[] args) throws Exception {
        run(DebianLife.class, args);
    }

    static void apt(Engine engine) {
        engine.images().importRootfs(Path.of(System.getProperty("user.home"), "debian.tar"), "debian:1");
        say("owners", sh(engine, "stat -c %U:%G:%a /etc/shadow /var/lib/apt/lists/partial /var/mail /usr/bin/chage"));
        Execution installed = engine.image("debian:1").captureChanges().command("/bin/sh", "-c", INSTALL).execute();
        say("installed", text(installed));
        say("changes", installed.changes().toString().contains("/var/lib/dpkg/status"));
        say("again", sh(engine, "hello-caisson || echo untouched"));
        try (Container container = engine.image("debian:1").command("/bin/sleep", "600").run()) {
            say("inside", text(container.exec("/bin/sh", "-c", INSTALL + " && " + REMOVE).run()));
            say("unknown", container.exec("/bin/sh", "-c", "apt-get -qq -y install no-such-caisson").run().exitCode());
        }
        engine.images().remove("debian:1");
        say("left", engine.images().list());
    }

    private static String sh(Engine engine, String script) {
        return text(engine.image("debian:1").command("/bin/sh", "-c", script).execute());
    }

    private static String text(Execution execution) {
        return execution.stdout() + (execution.exitCode() == 0 ? "" : execution.exitCode() + ": " + execution.stderr());
    }
}
