package dev.caisson.host.rootless;

import dev.caisson.ContainerException;
import dev.caisson.ContainerTimeout;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.ReadOnly;
import dev.caisson.Rlimit;
import dev.caisson.SandboxTier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What {@link LandlockTierTest} runs where namespaces are forbidden: one method a scenario, each line it prints an answer. */
public final class LandlockLife {
    private static final Path HOME = Path.of(System.getProperty("user.dir"));

    private LandlockLife() {}

    /** @param args the compiled alone.c, then the names of scenarios */
    public static void main(String[] args) throws Exception {
        Path probe = Path.of(args[0]);
        try (Engine engine = Engine.builder().root(HOME.resolve("engine")).runDirectory(HOME.resolve("engine-run")).build()) {
            for (String scenario : Arrays.asList(args).subList(1, args.length)) {
                LandlockLife.class.getDeclaredMethod(scenario, Engine.class, Path.class).invoke(null, engine, probe);
            }
        }
    }

    private static void say(String what, Object value) {
        System.out.println(what + "=" + String.valueOf(value).strip().replace('\n', '|'));
    }

    private static Execution sh(Engine engine, String script) {
        return engine.hostRoot().sandbox(SandboxTier.LANDLOCK).command("/bin/sh", "-c", script).execute();
    }

    static void works(Engine engine, Path probe) throws IOException {
        Execution e = sh(engine, "id -u; pwd; echo $TMPDIR; cd \"$TMPDIR\" && mkdir d && echo x > d/a && mv d/a b && ln b c && cat c && ls; (echo piped | cat); exit 3");
        String scratch = e.stdout().lines().skip(1).findFirst().orElse("?");
        say("works", e.exitCode() + "|" + e.stdout().replace(scratch, "SCRATCH") + e.stderr());
        say("gone", !Files.exists(Path.of(scratch)));
        say("tier", e.sandboxTier());
        say("warnings", e.warnings());
        say("changes", e.changes());
        say("input", engine.hostRoot().sandbox(SandboxTier.LANDLOCK).stdin("given").env("A", "b").command("/bin/sh", "-c", "cat; echo $A; env | grep -c PATH").execute().stdout());
        Path mine = Files.writeString(Files.createDirectories(HOME.resolve("bound")).resolve("file"), "mine\n").getParent();
        say("bound", engine.hostRoot().sandbox(SandboxTier.LANDLOCK).bindReadOnly(mine, mine.toString()).workdir(mine.toString()).command("/bin/sh", "-c", "cat file; echo x > file || echo refused")
                .execute().stdout());
        say("hidden", engine.hostRoot().hide(Path.of("/etc/passwd")).sandbox(SandboxTier.LANDLOCK).command("/bin/sh", "-c", "cat /etc/passwd || echo hidden; cat /etc/group >/dev/null && echo seen").execute().stdout());
        say("missing", refused(() -> engine.hostRoot().sandbox(SandboxTier.LANDLOCK).command("/no/such").execute().stdout()));
        say("status", sh(engine, "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status || echo unreadable").stdout());
        sh(engine, "mkdir -p $TMPDIR/a/b && mkdir -m 000 $TMPDIR/a/c; umask 777; mkdir $TMPDIR/e");
        try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            say("left", left.map(p -> p.getFileName().toString()).filter(n -> n.startsWith("caisson-sandbox")).toList());
        }
    }

    /** The same attempts by a plain process of this user, and by one in the sandbox. */
    static void attacks(Engine engine, Path probe) throws Exception {
        for (boolean sandboxed : new boolean[] {false, true}) {
            Path victim = Files.createDirectories(HOME.resolve("victim" + sandboxed));
            for (String file : List.of("secret", "victim", "other")) {
                Files.writeString(victim.resolve(file), "content");
            }
            Process other = new ProcessBuilder("/bin/sleep", "600").start();
            try {
                say(sandboxed ? "sandboxed" : "plain", sandboxed
                        ? engine.hostRoot().sandbox(SandboxTier.LANDLOCK).bindReadOnly(probe, probe.toString()).command(probe.toString(), victim.toString(), "" + other.pid()).execute().stdout()
                        : plain(probe.toString(), victim.toString(), "" + other.pid()));
                say("alive" + sandboxed, other.isAlive());
                try (Stream<Path> left = Files.list(victim)) {
                    say("files" + sandboxed, left.map(p -> p.getFileName() + ":" + p.toFile().length()).sorted().toList());
                }
            } finally {
                other.destroyForcibly().waitFor();
            }
        }
    }

    private static String plain(String... command) throws IOException {
        return new String(new ProcessBuilder(command).redirectErrorStream(true).start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    static void limits(Engine engine, Path probe) {
        long start = System.nanoTime();
        try {
            engine.hostRoot().sandbox(SandboxTier.LANDLOCK).timeout(Duration.ofMillis(2000)).command("/bin/sh", "-c", "echo begun; setsid sleep 4711 & sleep 4711").execute();
        } catch (ContainerTimeout e) {
            say("timeout", e.partial().orElseThrow().stdout() + e.partial().orElseThrow().sandboxTier());
        }
        say("inTime", System.nanoTime() - start < 60_000_000_000L);
        say("output", refused(() -> engine.hostRoot().sandbox(SandboxTier.LANDLOCK).outputLimit(1000).command("/bin/sh", "-c", "while :; do echo xxxxxxxxxxxxxxxx; done").execute().stdout()));
        say("fileSize", engine.hostRoot().sandbox(SandboxTier.LANDLOCK).ulimit(Rlimit.FSIZE, 1 << 20, 1 << 20).command("/bin/sh", "-c", "head -c 3000000 /dev/zero > $TMPDIR/big; stat -c %s $TMPDIR/big").execute().stdout());
        say("memory", engine.hostRoot().sandbox(SandboxTier.LANDLOCK).memory("32m").command("/bin/sh", "-c", "head -c 100000000 /dev/zero | tail -n 1 >/dev/null 2>&1; test $? -ne 0 && echo refused").execute().stdout());
        say("bomb", engine.hostRoot().sandbox(SandboxTier.LANDLOCK).pids(20).command("/bin/sh", "-c", "n=0; while [ $n -lt 100 ]; do sleep 4712 & n=$((n+1)); done; echo all").execute().stdout());
        // Each forks and ends at once, so that its number is always new.
        say("hop", engine.hostRoot().sandbox(SandboxTier.LANDLOCK).command("/bin/sh", "-c", "hop() { hop & exit; }; (hop &) ; (hop &); sleep 0.2; echo over").execute().stdout());
        say("leftover", plainQuietly("/bin/sh", "-c", "pgrep -f 'sleep 471[12]' | wc -l"));
    }

    private static String plainQuietly(String... command) {
        try {
            return plain(command);
        } catch (IOException e) {
            return e.toString();
        }
    }

    static void refusals(Engine engine, Path probe) {
        say("plainSandbox", refused(() -> engine.hostRoot().sandbox().command("/bin/true").execute()));
        say("container", refused(() -> engine.rootfs(HOME).command("/bin/true").execute()));
        say("images", refused(() -> engine.images().list()));
        say("handle", refused(() -> engine.hostRoot().sandbox(SandboxTier.LANDLOCK).command("/bin/true").run()));
        say("rootfs", refused(() -> engine.rootfs(HOME).sandbox(SandboxTier.LANDLOCK).command("/bin/true").execute()));
        say("strict", refused(() -> engine.hostRoot().sandbox(SandboxTier.LANDLOCK).readOnly(ReadOnly.STRICT).command("/bin/true").execute()));
        say("made", Files.exists(HOME.resolve("engine")));
        say("check", Containers.check());
    }

    /** Killed from outside. */
    static void hang(Engine engine, Path probe) {
        new Thread(() -> {
            try {
                String running = "0";
                for (int i = 0; i < 600 && running.equals("0"); i++) {
                    Thread.sleep(100);
                    running = plain("/bin/sh", "-c", "pgrep -f 'sleep 471[3]' | wc -l").strip();
                }
                say("running", running);
            } catch (IOException | InterruptedException e) {
                say("running", e);
            }
        }).start();
        engine.hostRoot().sandbox(SandboxTier.LANDLOCK).timeout(Duration.ofMinutes(5)).command("/bin/sh", "-c", "setsid sleep 4713 & sleep 4713").execute();
    }

    private static String refused(Supplier<Object> start) {
        try {
            return "allowed: " + start.get();
        } catch (ContainerException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
