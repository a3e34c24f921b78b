package dev.caisson.host.rootless;

import dev.caisson.Change;
import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.Signal;
import dev.caisson.UserNamespace;
import dev.caisson.testkit.OrdinaryUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What {@link OrdinaryUserTest} runs as an ordinary user: one method a scenario, each line it prints an answer. */
public final class OrdinaryLife extends Scenarios {

    private OrdinaryLife() {}

    /** @param args a root file system, then the names of scenarios */
    public static void main(String[] args) throws Exception {
        try {
            run(OrdinaryLife.class, args);
        } catch (ContainerException e) {
            say("open", e.getClass().getSimpleName() + ": " + e.getMessage());
            say("check", Containers.check());
        }
    }

    private static String sh(Engine engine, String script) {
        Execution e = engine.rootfs(root).command("/bin/sh", "-c", script).execute();
        return e.exitCode() == 0 ? e.stdout() : e.exitCode() + ": " + e.stdout() + e.stderr();
    }

    static void execute(Engine engine) {
        say("root", engine.root());
        say("id", sh(engine, "id -u; id -g; id -G"));
        say("map", sh(engine, "cat /proc/self/uid_map | tr -s ' '"));
        say("app", refused(() -> engine.rootfs(root).user("app").command("/bin/sh", "-c", "id -u; id -G; echo x > /tmp/x && stat -c %u:%g /tmp/x").execute().stdout()));
        say("write", sh(engine, "echo new > /etc/new && rm /etc/os-release && ls /etc/new; test -e /etc/os-release || echo gone"));
        say("untouched", Files.exists(root.resolve("etc/os-release")) && !Files.exists(root.resolve("etc/new")));
        say("chown", sh(engine, "touch /tmp/f && chown 1000:2000 /tmp/f && stat -c %u:%g /tmp/f"));
        say("hostname", sh(engine, "test \"$(hostname)\" = \"$(cat /etc/hostname)\" && echo same"));
        say("links", sh(engine, "ls /sys/class/net"));
        say("input", engine.rootfs(root).stdin("given").command("/bin/cat").execute().stdout());
        say("readOnly", sh(engine, "true") + engine.rootfs(root).readOnly().command("/bin/sh", "-c", "echo x > /x; echo y > /tmp/y && echo tmp").execute().stdout());
        say("tmpfs", engine.rootfs(root).tmpfs("/mnt").command("/bin/sh", "-c", "echo x > /mnt/x && stat -f -c %T /mnt").execute().stdout());
        say("terminal", refused(() -> engine.rootfs(root).tty().command("/bin/sh", "-c", "test -t 1 && id -u").execute().stdout()));
    }

    static void changes(Engine engine) {
        List<Change> changes = engine.rootfs(root).captureChanges().command("/bin/sh", "-c", "rm -r /home/app; mkdir /home/app; echo a > /home/app/a; rm /etc/os-release")
                .execute().changes();
        say("changes", changes);
    }

    static void binds(Engine engine) throws Exception {
        Path shared = Files.createDirectories(Path.of(System.getProperty("user.home"), "shared"));
        Files.writeString(shared.resolve("mine"), "mine\n");
        say("bind", engine.rootfs(root).bind(shared, "/shared").command("/bin/sh", "-c", "cat /shared/mine; echo yours > /shared/yours; stat -c %u /shared/mine").execute().stdout());
        say("back", Files.readString(shared.resolve("yours")) + Files.getAttribute(shared.resolve("yours"), "unix:uid"));
        say("bindReadOnly", engine.rootfs(root).bindReadOnly(shared, "/shared").command("/bin/sh", "-c", "echo no > /shared/no || echo refused").execute().stdout());
    }

    static void live(Engine engine) {
        try (Container container = engine.rootfs(root).command("/bin/sh", "-c", "trap 'exit 3' TERM; echo started; while true; do sleep 0.1; done").run()) {
            say("state", container.state());
            say("exec", container.exec("/bin/sh", "-c", "id -u; ls /proc/1/exe > /dev/null && echo sees").run().stdout());
            say("execTerminal", container.exec("/bin/sh", "-c", "test -t 1 && id -u && stat -c %u /dev/pts/0").tty().run().stdout().replace("\r", ""));
            say("execKilled", killed(container));
            say("execApp", refused(() -> container.exec("/bin/id", "-u").user("app").run().stdout()));
            container.exec("/bin/touch", "/kept").run();
            container.restart();
            say("kept", container.exec("/bin/ls", "/kept").run().stdout());
            while (container.logs().lines().count() < 2 && container.state() == Container.State.RUNNING) {
                Thread.onSpinWait(); // before that it knows no SIGTERM
            }
            container.stop();
            say("exit", container.waitForExit(Duration.ofSeconds(60)).exitCode());
            say("logs", container.logs());
        }
        try (Container container = engine.rootfs(root).command("/bin/sleep", "60").run()) {
            container.kill(Signal.KILL);
            say("killed", container.waitForExit(Duration.ofSeconds(60)).exitCode());
        }
    }

    /** An exec and its child, which may have no cgroup to be known by. */
    private static String killed(Container container) {
        int own = container.top().size();
        dev.caisson.Exec exec = container.exec("/bin/sh", "-c", "sleep 600 & echo up; wait").start();
        try {
            exec.stdout().readNBytes(3);
        } catch (java.io.IOException e) {
            return e.toString();
        }
        exec.kill(Signal.KILL);
        int code = exec.await().exitCode();
        long end = System.nanoTime() + 30_000_000_000L;
        while (container.top().size() > own + 1 && System.nanoTime() < end) {
            Thread.onSpinWait(); // its shell sleeps, now and then, in a process of its own
        }
        return code + " " + (container.top().size() <= own + 1);
    }

    static void hostNetwork(Engine engine) {
        say("hostLinks", engine.rootfs(root).networkHost().command("/bin/sh", "-c", "readlink /proc/self/ns/net; mount | grep -c ' /sys type sysfs'").execute().stdout());
    }

    static void sandbox(Engine engine) {
        Execution e = engine.rootfs(root).sandbox().command("/bin/sh", "-c", "id -u; grep -E 'CapEff|NoNewPrivs|^Seccomp:' /proc/self/status | tr -d '\\t '; echo x > /x").execute();
        say("sandbox", e.stdout());
        say("sandboxWarnings", e.warnings().size() > 0);
    }

    static void refusals(Engine engine) {
        say("memory", refused(() -> engine.rootfs(root).memory("64m").command("/bin/true").execute()));
        say("memoryBestEffort", engine.rootfs(root).memory("64m").bestEffort().command("/bin/true").execute().exitCode());
        say("privileged", refused(() -> engine.rootfs(root).privileged().command("/bin/true").execute()));
        say("userns", refused(() -> engine.rootfs(root).userns(dev.caisson.UserNamespace.auto()).command("/bin/true").execute()));
        say("device", refused(() -> engine.rootfs(root).device("/dev/null").command("/bin/true").execute()));
        say("port", refused(() -> engine.rootfs(root).port(80).command("/bin/true").execute()));
        say("user", refused(() -> engine.rootfs(root).user("4000000").command("/bin/true").execute()));
        say("capability", refused(() -> engine.rootfs(root).capAdd(dev.caisson.Capability.SYS_ADMIN).command("/bin/sh", "-c", "echo x > /proc/sys/kernel/hostname; mknod /x c 1 3 || echo eperm").execute().stdout()));
    }

    static void capability(Engine engine) {
        say("capability", refused(() -> engine.rootfs(root).command("/bin/true").execute()));
    }

    static void many(Engine engine) {
        say("many", java.util.stream.IntStream.range(0, 12).parallel().mapToObj(i -> sh(engine, "echo " + i)).map(String::strip).sorted().toList());
        for (int i = 0; i < 5; i++) {
            sh(engine, "true"); // from the second on made ahead
        }
    }

    static void images(Engine engine) throws Exception {
        Path tar = Path.of(System.getProperty("user.home"), "image.tar");
        say("imported", engine.images().importRootfs(tar, "ordinary:1").references());
        say("ran", engine.image("ordinary:1").command("/bin/sh", "-c", "stat -c %u:%g:%a /home/app; echo x > /etc/os-release; rm /etc/group; touch /home/app/f; chown 7:8 /home/app/f; stat -c %u:%g /home/app/f").execute().stdout());
        try (Container container = engine.image("ordinary:1").user("app").command("/bin/sh", "-c", "echo hi > /home/app/x; sleep 60").run()) {
            say("exec", container.exec("/bin/sh", "-c", "until test -s /home/app/x; do sleep 0.02; done; id -u; cat /home/app/x").run().stdout());
        }
        engine.images().remove("ordinary:1");
        say("left", engine.images().list());
    }

    /** podman's keep-id, on each kind of root; what he is inside, what root is, and whose files are whose. */
    static void keepId(Engine engine) throws Exception {
        Path shared = Files.createDirectories(Path.of(System.getProperty("user.home"), "kept"));
        Files.writeString(shared.resolve("his"), "his\n");
        String look = "id -u; id -g; tr -s ' ' < /proc/self/uid_map; stat -c %u:%g /shared/his; cat /shared/his; echo x > /shared/made; touch /tmp/t && stat -c %u /tmp/t; stat -c %u /etc/hosts";
        say("kept", engine.rootfs(root).userns(UserNamespace.keepId()).bind(shared, "/shared").command("/bin/sh", "-c", look).execute().stdout());
        say("keptMade", Files.getAttribute(shared.resolve("made"), "unix:uid"));
        String home = System.getProperty("user.home");
        say("keptHostRoot", engine.hostRoot().userns(UserNamespace.keepId()).networkHost().workdir(home).command("/bin/sh", "-c", "id -u; stat -c %u " + shared + "; stat -c %u /etc/passwd; touch new && stat -c %u new").execute().stdout());
        engine.images().importRootfs(Path.of(home, "image.tar"), "kept:1", "USER app");
        String own = "id -u; stat -c %u:%g /bin /home/app /tmp /shared/his; stat -c %a /tmp; echo y > /shared/made; touch /etc/x 2>/dev/null || echo refused";
        say("keptImage", engine.image("kept:1").userns(UserNamespace.keepId(33, 44)).bind(shared, "/shared").command("/bin/sh", "-c", own).execute().stdout());
        say("keptRoot", engine.image("kept:1").userns(UserNamespace.keepId()).user("root").captureChanges().tty()
                .command("/bin/sh", "-c", "id -u; touch /etc/x && stat -c %u /etc/x; chown 1000:5 /etc/x && stat -c %u:%g /etc/x").execute().stdout().replace("\r", ""));
        say("keptApp", engine.image("kept:1").userns(UserNamespace.keepId()).user("app").secret("word", "sesame".getBytes()).command("/bin/sh", "-c", "id -u; touch /home/app/x && echo ok; cat /run/secrets/word").execute().stdout());
        try (Container container = engine.image("kept:1").userns(UserNamespace.keepId()).volume("kept", "/home/app").command("/bin/sleep", "60").run()) {
            say("keptExec", container.exec("/bin/sh", "-c", "id -u; stat -c %u:%g /home/app").run().stdout());
            say("keptChanges", container.changes());
        }
        engine.volumes().remove("kept");
        engine.images().remove("kept:1");
        say("keptOther", refused(() -> engine.rootfs(root).userns(UserNamespace.keepId().of(1, 1)).command("/bin/true").execute().exitCode()));
    }

    /** Maps of his own choice: root is the hundredth of his subordinate ids, and he himself is 33. */
    static void chosen(Engine engine) {
        engine.images().importRootfs(Path.of(System.getProperty("user.home"), "image.tar"), "chosen:1");
        List<UserNamespace.Range> users = List.of(new UserNamespace.Range(0, OrdinaryUser.subordinate(100), 33), new UserNamespace.Range(33, OrdinaryUser.uid(), 1),
                new UserNamespace.Range(34, OrdinaryUser.subordinate(200), 2000));
        UserNamespace map = UserNamespace.map(users, users);
        String look = "id -u; tr -s ' ' < /proc/self/uid_map; stat -c %u /bin /home/app; touch /home/app/x && stat -c %u /home/app/x";
        say("chosenImage", engine.image("chosen:1").userns(map).user("app").command("/bin/sh", "-c", look).execute().stdout());
        say("chosenRoot", engine.rootfs(root).userns(map).command("/bin/sh", "-c", "id -u; stat -c %u /home; touch /tmp/t && stat -c %u /tmp/t").execute().stdout());
        engine.images().remove("chosen:1");
        say("chosenOther", refused(() -> engine.rootfs(root).userns(UserNamespace.map(OrdinaryUser.subordinate(1), 65_537)).command("/bin/true").execute().exitCode()));
    }

    static void keepIdAlone(Engine engine) {
        say("alone", refused(() -> engine.rootfs(root).userns(UserNamespace.keepId()).command("/bin/true").execute().exitCode()));
        say("aloneRoot", refused(() -> engine.rootfs(root).userns(UserNamespace.keepId(0, 0)).command("/bin/id", "-u").execute().stdout()));
    }

    static void volumes(Engine engine) {
        String fill = "stat -c %u:%g /home/app; echo kept > /home/app/note; chown 7:8 /home/app/note";
        say("filled", engine.rootfs(root).volume("vol", "/home").command("/bin/sh", "-c", fill).execute().stdout());
        say("kept", engine.rootfs(root).volumeReadOnly("vol", "/mnt").command("/bin/sh", "-c", "cat /mnt/app/note; stat -c %u:%g /mnt/app/note").execute().stdout());
        engine.volumes().remove("vol");
        engine.rootfs(root).volume("/home").command("/bin/true").execute();
        say("volumes", engine.volumes().list());
        say("secret", engine.rootfs(root).secret("word", "sesame".getBytes()).user("app").command("/bin/sh", "-c", "stat -c '%u %a' /run/secrets/word; cat /run/secrets/word").execute().stdout());
    }

    /** Debian's package manager, which gives files to others, renames over them and syncs. */
    static void packages(Engine engine) {
        engine.images().importRootfs(Path.of(System.getProperty("user.home"), "image.tar"), "packages:1");
        Execution e = engine.image("packages:1").captureChanges().command("/bin/sh", "-c", "/usr/bin/dpkg -i --force-bad-path /tiny.deb >/dev/null && /usr/bin/tiny && stat -c %u:%g:%a /var/lib/tiny "
                + "&& grep ^Status: /var/lib/dpkg/status && /usr/bin/dpkg -r --force-bad-path tiny >/dev/null && test ! -e /usr/bin/tiny && echo removed").execute();
        say("packages", e.exitCode() == 0 ? e.stdout() : e.stdout() + e.stderr());
        say("packageChanges", e.changes().toString().contains("/var/lib/dpkg/status"));
        engine.images().remove("packages:1");
        say("packagesLeft", engine.images().list());
    }

    /** What the observer sees of itself, for the golden files of PostureTest. */
    static void posture(Engine engine) throws Exception {
        Path home = Path.of(System.getProperty("user.home"));
        String[] observer = Files.readString(home.resolve("observer")).split("\n");
        Files.writeString(home.resolve("rootless.seen"), engine.rootfs(root).command(observer).execute().stdout());
        Files.writeString(home.resolve("rootless-user.seen"), engine.rootfs(root).user("app").command(observer).execute().stdout());
        Files.writeString(home.resolve("rootless-network-host.seen"), engine.rootfs(root).networkHost().command(observer).execute().stdout());
        try (Container container = engine.rootfs(root).command("/bin/sleep", "60").run()) {
            Files.writeString(home.resolve("rootless-exec.seen"), container.exec(observer).run().stdout());
        }
    }

    /** Deletions of a second layer: an entry, and all of a directory. */
    static void layers(Engine engine) throws Exception {
        Path home = Path.of(System.getProperty("user.home"));
        Path archive = home.resolve("two.tar");
        String look = "cat /etc/two; test -e /etc/os-release || echo gone; test -d /home/app && ! test -e /home/app/.profile && echo hidden";
        engine.images().load(archive);
        say("second", engine.image("two:1").command("/bin/sh", "-c", look).execute().stdout());
        try (var files = Files.walk(engine.root().resolve("layers"))) {
            Path app = files.filter(p -> p.endsWith("home/app")).findFirst().orElseThrow();
            say("owner", engine.image("two:1").command("/bin/sh", "-c", "stat -c %u:%g /home/app").execute().stdout().strip() + " " + Files.getAttribute(app, "unix:uid"));
        }
        engine.images().save("two:1", home.resolve("saved.tar"));
        engine.images().remove("two:1");
        engine.images().load(home.resolve("saved.tar"));
        say("saved", engine.image("two:1").command("/bin/sh", "-c", look).execute().stdout());
        engine.images().remove("two:1");
    }

    static void cgroupMounts(Engine engine) {
        say("cgroups", sh(engine, "mount | grep -c ' type cgroup'; mount | grep ' type cgroup' | grep -vc '(ro,'; for d in $(mount | grep ' type cgroup' | cut -d' ' -f3); do mkdir $d/x 2>&1; done | grep -vc 'Read-only'; true"));
    }

    static void limits(Engine engine) {
        Execution e = engine.rootfs(root).memory("24m").command("/bin/sh", "-c", "dd if=/dev/zero of=/dev/shm/x bs=1M count=60").execute();
        say("oom", e.oomKilled());
    }

    static void hostRoot(Engine engine) throws Exception {
        Path project = Files.createDirectories(Path.of(System.getProperty("user.home"), "project"));
        Files.writeString(project.resolve("source"), "source\n");
        Execution e = engine.hostRoot().workdir(project.toString()).command("/bin/sh", "-c",
                "id -u; cat source; echo built > result; rm source; touch /new; ls /usr/bin/env; ls -d /proc/self /tmp; ls " + engine.root() + " | wc -l; touch /usr/bin/x 2>/dev/null || echo foreign")
                .execute();
        say("hostRoot", e.stdout() + e.stderr());
        say("hostChanges", e.changes());
        say("hostWarnings", e.warnings());
        say("hostKept", Files.list(project).map(p -> p.getFileName().toString()).toList());
    }

    static void hostMounts(Engine engine) {
        Execution e = engine.hostRoot().command("/bin/sh", "-c", "cat /mnt/a/file /mnt/b/file").execute();
        say("hostMounts", e.stdout() + e.stderr());
        say("hostMountsWarnings", e.warnings());
    }

    static void hostRuns(Engine engine) {
        try (Container container = engine.hostRoot().command("/bin/sleep", "600").stopTimeout(Duration.ZERO).run()) {
            container.exec("/bin/sh", "-c", "echo kept > /kept").run();
            String look = "cat /mnt/deep/er/file /kept";
            say("hostRuns", container.exec("/bin/sh", "-c", look).run().stdout());
            say("hostRunWarnings", container.warnings());
            container.restart();
            say("hostRestarted", container.exec("/bin/sh", "-c", look).run().stdout());
        }
    }

    static void foreignRoot(Engine engine) {
        say("foreignRoot", sh(engine, "stat -c %u:%g /bin; echo x > /bin/x || echo not; echo y > /y && cat /y"));
    }

    static void foreignFiles(Engine engine) {
        say("foreign", refused(() -> engine.images().importRootfs(Path.of(System.getProperty("user.home"), "image.tar"), "ordinary:2").references()));
    }

    static void hang(Engine engine) throws Exception {
        Container container = engine.rootfs(root).user("app").command("/bin/sh", "-c", "touch /tmp/mine; sleep 600 & sleep 600").run();
        say("running", container.pid());
        Thread.sleep(Duration.ofMinutes(5).toMillis()); // it is killed
    }

    static void check(Engine engine) {
        say("check", engine.check());
    }
}
