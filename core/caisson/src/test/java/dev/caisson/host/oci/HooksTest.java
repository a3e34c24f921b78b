package dev.caisson.host.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Container;
import dev.caisson.EngineProblem;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import dev.caisson.linux.Processes;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hooks run at their points, with the container's state, and nothing of the JVM's, the image's or the container's (security row 9). */
@RequiresTool("crun")
class HooksTest extends EngineTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Path bundle;
    private Path trace;
    private Path script;

    @BeforeEach
    void bundle() throws IOException {
        bundle = Files.createDirectory(directory.resolve("bundle"));
        trace = directory.resolve("trace");
        TinyRootfs.create(bundle.resolve("rootfs")).withShell().file("hook", "#!/bin/sh\necho startContainer $(cat) as $(id -u) with $WORD\n");
        Files.setPosixFilePermissions(bundle.resolve("rootfs/hook"), PosixFilePermissions.fromString("rwxr-xr-x"));
        script = script("hook", "{ echo \"$1\"; cat; echo; pwd; env | grep -v '^_=\\|^PWD=\\|^SHLVL=' | sort | tr '\\n' ' '; echo; ls /proc/self/fd | wc -l; readlink /proc/self/ns/net; } >>" + trace);
    }

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name + ".sh"), "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private ObjectNode config(String... args) {
        ObjectNode config = new Crun(directory.resolve("crun")).spec(bundle);
        ObjectNode process = (ObjectNode) config.get("process");
        process.put("terminal", false).put("noNewPrivileges", false).putObject("user").put("uid", 1000).put("gid", 1000);
        ((ArrayNode) process.get("env")).add("LD_PRELOAD=/evil.so").add("BASH_ENV=/evil").add("WORD=container");
        ArrayNode words = process.putArray("args");
        List.of(args).forEach(words::add);
        return config;
    }

    private void hook(ObjectNode config, String point, Path path) {
        ObjectNode hook = config.withObject("/hooks").withArray(point).addObject().put("path", path.toString()).put("timeout", 60);
        hook.putArray("args").add("sh").add(point);
        hook.putArray("env").add("WORD=hook").add("PATH=/usr/bin:/bin");
    }

    private String text() {
        try {
            return Files.exists(trace) ? Files.readString(trace) : "";
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Execution run(ObjectNode config) {
        Crun.write(bundle, config);
        return engine.bundle(bundle).execute();
    }

    @Test
    void allOfThemInOrder() throws Exception {
        ObjectNode config = config("/bin/sh", "-c", "sleep 1; echo program");
        for (String point : List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop")) {
            hook(config, point, script);
        }
        hook(config, "startContainer", Path.of("/hook"));
        Execution execution = run(config);
        eventually("the poststop hook ran", Duration.ofSeconds(30), () -> text().contains("poststop") && text().split("\n").length >= 30);
        List<String> lines = Files.readAllLines(trace);
        assertEquals(List.of("prestart", "createRuntime", "createContainer", "poststart", "poststop"), java.util.stream.IntStream.range(0, lines.size() / 6).mapToObj(i -> lines.get(i * 6)).toList());
        String host = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        for (int i = 0; i < 5; i++) {
            JsonNode state = MAPPER.readTree(lines.get(i * 6 + 1));
            assertEquals(i < 3 ? "creating" : i == 3 ? "running" : "stopped", state.get("status").asText());
            assertEquals(i == 4, state.get("pid") == null, state::toString);
            assertEquals(bundle.toString(), state.get("bundle").asText());
            assertEquals("/", lines.get(i * 6 + 2));
            assertEquals("PATH=/usr/bin:/bin WORD=hook ", lines.get(i * 6 + 3), "nothing but its own");
            assertEquals("4", lines.get(i * 6 + 4), "0, 1, 2 and the directory that ls reads");
            assertEquals(i != 2, lines.get(i * 6 + 5).equals(host), "createContainer is in the container's network");
        }
        String[] printed = execution.stdout().split("\n");
        assertTrue(printed[0].matches("startContainer \\{.*\"status\":\"created\",\"pid\":1,.*} as 1000 with hook"), execution.stdout() + execution.stderr());
        assertEquals("program", printed[1]);
    }

    @Test
    void oneThatFailsEndsIt() throws Exception {
        for (String point : List.of("prestart", "createRuntime", "createContainer")) {
            ObjectNode config = config("/bin/sleep", "60");
            hook(config, point, script("bad", "cat >/dev/null; echo no luck >&2; exit 3"));
            hook(config, "poststop", script);
            LaunchFailed failed = assertThrows(LaunchFailed.class, () -> run(config), point);
            assertTrue(failed.getMessage().contains(point + " hook") && failed.getMessage().contains("exit status 3: no luck"), failed.getMessage());
            eventually("what was begun is ended", Duration.ofSeconds(30), () -> text().startsWith("poststop"));
            Files.delete(trace);
        }
        ObjectNode config = config("/bin/sleep", "60");
        hook(config, "startContainer", Path.of("/bin/false"));
        assertTrue(assertThrows(LaunchFailed.class, () -> run(config)).getMessage().contains("startContainer: could not run the hook /bin/false"));
        ObjectNode missing = config("/bin/sleep", "60");
        hook(missing, "createRuntime", Path.of("/nothing/here"));
        assertTrue(assertThrows(LaunchFailed.class, () -> run(missing)).getMessage().contains("No such file"));
        ObjectNode stopped = config("/bin/echo", "hello");
        hook(stopped, "poststop", script("bad", "exit 3"));
        assertEquals("hello\n", run(stopped).stdout(), "a failing poststop hook is only logged");
    }

    /** As crun has it: what fails is logged, the next one runs, and so does the program. */
    @Test
    void oneAfterTheStartThatFailsEndsNothing() throws Exception {
        ObjectNode config = config("/bin/sh", "-c", "sleep 1; echo program");
        hook(config, "poststart", script("bad", "cat >/dev/null; echo no luck >&2; exit 3"));
        hook(config, "poststart", script);
        java.io.ByteArrayOutputStream said = new java.io.ByteArrayOutputStream();
        java.io.PrintStream before = System.err;
        System.setErr(new java.io.PrintStream(said, true));
        try {
            assertEquals("program\n", run(config).stdout());
        } finally {
            System.setErr(before);
        }
        assertTrue(said.toString().contains("poststart hook") && said.toString().contains("exit status 3: no luck"), said::toString);
        assertTrue(text().startsWith("poststart"), text());
        Files.delete(trace);
        assertEquals("program\n", new Crun(directory.resolve("crun")).run(bundle, "after").replaceAll("(?s).*?(program\n)", "$1"));
        assertTrue(text().startsWith("poststart"), text());
    }

    private ObjectNode gated(Path gate, String... args) throws Exception {
        assertEquals(0, new ProcessBuilder("mkfifo", gate.toString()).start().waitFor());
        ObjectNode config = config(args);
        hook(config, "poststart", script);
        Crun.write(bundle, config);
        return config;
    }

    private JsonNode told() throws IOException {
        assertEquals(1, text().lines().filter("poststart"::equals).count(), text());
        return MAPPER.readTree(text().lines().skip(1).findFirst().orElseThrow());
    }

    /** Whoever opens the gate: when the program has begun, not before, and once. */
    @Test
    void behindTheGateThoseAfterTheStartRun() throws Exception {
        Path gate = directory.resolve("gate");
        gated(gate, "/bin/sleep", "60");
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            pause(200);
            assertEquals("", text());
            container.start();
            JsonNode state = told();
            assertEquals("running", state.get("status").asText());
            assertEquals(container.pid(), state.get("pid").asInt());
            assertEquals("sleep", Files.readString(Path.of("/proc/" + container.pid() + "/comm")).strip());
            container.start();
            told();
            Files.delete(trace);
            container.restart();
            assertEquals("", text());
            Files.write(gate, new byte[1], java.nio.file.StandardOpenOption.WRITE); // a stranger
            eventually("the hook ran", Duration.ofSeconds(30), () -> text().lines().count() == 6);
            assertEquals(container.pid(), told().get("pid").asInt());
            Files.delete(trace);
        }
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            container.kill(Signal.KILL);
            container.waitForExit(Duration.ofSeconds(60));
        }
        gated(directory.resolve("another"), "/bin/nothing");
        try (Container container = engine.bundle(bundle).startGate(directory.resolve("another")).run()) {
            container.start();
            assertEquals(127, container.waitForExit(Duration.ofSeconds(60)).exitCode());
        }
        assertEquals("", text(), "no program, no hook");
        String said = assertThrows(InvalidSpec.class, () -> engine.bundle(bundle).init().startGate(gate).run()).getMessage();
        assertTrue(said.contains("init()") && said.contains("poststart"), said);
    }

    /** It is dead, which its guard has not seen yet: nobody is at the gate any more, and nothing is wrong with that. */
    @Test
    void theGateOfOneThatHasJustDied() throws Exception {
        Path gate = directory.resolve("gate");
        gated(gate, "/bin/sleep", "60");
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            int guard = (int) ProcessHandle.current().children().filter(c -> c.info().command().orElse("").startsWith("/memfd:caisson-guard")).findFirst().orElseThrow().pid();
            int pid = container.pid();
            CompletableFuture<Void> started;
            Processes.kill(guard, 19);
            try {
                Processes.kill(pid, 9);
                eventually("it is dead", Duration.ofSeconds(30), () -> !running(pid));
                started = CompletableFuture.runAsync(container::start);
                assertThrows(TimeoutException.class, () -> started.get(500, TimeUnit.MILLISECONDS), "it waits until the guard says how it ended");
            } finally {
                Processes.kill(guard, 18);
            }
            started.get(30, TimeUnit.SECONDS);
            assertEquals(137, container.waitForExit(Duration.ofSeconds(60)).exitCode());
            container.restart();
            Files.delete(gate);
            String said = assertThrows(EngineProblem.class, container::start).getMessage();
            assertTrue(said.contains("ENOENT"), said);
        }
        assertEquals("", text(), "no program, no hook");
    }

    /** The kernel shows fifteen bytes of a program's name, of which the last may be half a letter. */
    @Test
    void ofAProgramWhoseNameIsCutInALetter() throws Exception {
        Path gate = directory.resolve("gate");
        assertEquals(0, new ProcessBuilder("/bin/bash", "-c", "printf '#!/bin/sh\\nsleep 60; exit 3\\n' >$0/rootfs/bin/aaaaaaaaaaaaaa$'\\303\\251' && chmod 755 $0/rootfs/bin/aaaa*", bundle.toString()).start().waitFor());
        gated(gate, "/bin/aaaaaaaaaaaaaa\u00e9");
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            Files.write(gate, new byte[1], java.nio.file.StandardOpenOption.WRITE);
            eventually("the hook ran", Duration.ofSeconds(30), () -> text().lines().count() == 6);
            assertEquals(container.pid(), told().get("pid").asInt());
        }
    }

    /** Detached, opened while no engine is there: the next one runs them, and only that. */
    @Test
    void theNextEngineRunsThoseThatNoneRan() throws Exception {
        Path gate = directory.resolve("gate");
        gated(gate, "/bin/sleep", "60");
        Path home = directory.resolve("home");
        try (dev.caisson.Engine first = dev.caisson.Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build()) {
            first.bundle(bundle).startGate(gate).detached().run();
        }
        Files.write(gate, new byte[1], java.nio.file.StandardOpenOption.WRITE);
        assertEquals("", text());
        for (int i = 0; i < 2; i++) {
            try (dev.caisson.Engine next = dev.caisson.Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build()) {
                Container container = next.containers().get(0);
                container.start(); // waits for them
                assertEquals(container.pid(), told().get("pid").asInt());
                if (i == 1) {
                    container.remove();
                    eventually("nothing is left", Duration.ofSeconds(30), () -> home.resolve("engine/engines").toFile().list().length == 1);
                }
            }
        }
    }

    @Test
    void oneThatHangsIsKilledWithWhatItStarted() throws Exception {
        Path hangs = script("hangs", "sleep 321 & echo $! >" + trace + "; sleep 321");
        for (String point : List.of("createRuntime", "poststart")) {
            ObjectNode config = config("/bin/sh", "-c", "echo program");
            hook(config, point, hangs);
            ((ObjectNode) config.at("/hooks/" + point + "/0")).put("timeout", 3);
            if (point.equals("poststart")) {
                assertEquals("program\n", run(config).stdout());
            } else {
                String said = assertThrows(LaunchFailed.class, () -> run(config)).getMessage();
                assertTrue(said.contains("still ran after its timeout"), said);
            }
            long sleeper = Long.parseLong(Files.readString(trace).strip());
            eventually("what it started is gone", Duration.ofSeconds(30), () -> !running(sleeper));
        }
        ObjectNode config = config("/bin/sleep", "60");
        bundle.resolve("rootfs/hang").toFile().createNewFile();
        Files.writeString(bundle.resolve("rootfs/hang"), "#!/bin/sh\nsleep 60\n");
        Files.setPosixFilePermissions(bundle.resolve("rootfs/hang"), PosixFilePermissions.fromString("rwxr-xr-x"));
        hook(config, "startContainer", Path.of("/hang"));
        ((ObjectNode) config.at("/hooks/startContainer/0")).put("timeout", 1);
        assertTrue(assertThrows(LaunchFailed.class, () -> run(config)).getMessage().contains("ETIMEDOUT"));
    }

    @Test
    void theGateHoldsTheProgram() throws Exception {
        Path gate = directory.resolve("gate");
        assertEquals(0, new ProcessBuilder("mkfifo", gate.toString()).start().waitFor());
        ObjectNode config = config("/bin/echo", "program");
        hook(config, "startContainer", Path.of("/hook"));
        Crun.write(bundle, config);
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            pause(200);
            assertEquals("", container.logs());
            assertTrue(container.pid() > 0);
            assertEquals(Container.State.RUNNING, container.state());
            Files.write(gate, new byte[1], java.nio.file.StandardOpenOption.WRITE);
            assertEquals(0, container.waitForExit(Duration.ofSeconds(60)).exitCode());
            assertTrue(container.logs().startsWith("startContainer") && container.logs().endsWith("program\n"), container.logs());
        }
        ObjectNode missing = config("/bin/nothing");
        Crun.write(bundle, missing);
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            Files.write(gate, new byte[1], java.nio.file.StandardOpenOption.WRITE);
            assertEquals(127, container.waitForExit(Duration.ofSeconds(60)).exitCode());
            assertTrue(container.logs().contains("/bin/nothing: No such file"), container.logs());
        }
        try (Container container = engine.bundle(bundle).startGate(gate).run()) {
            container.kill(Signal.KILL);
            assertEquals(137, container.waitForExit(Duration.ofSeconds(60)).exitCode());
        }
        assertTrue(assertThrows(InvalidSpec.class, () -> engine.bundle(bundle).startGate(script).run()).getMessage().contains("is no FIFO"));
        assertFalse(Files.exists(trace));
    }

    /** A script whose shell waits for another program, as most do: each says its number. */
    private Path waiting() throws IOException {
        return script("waits", "sleep 321 & echo $$ $! >" + trace + ".tmp; mv " + trace + ".tmp " + trace + "; wait");
    }

    private long[] numbers() {
        return java.util.Arrays.stream(text().strip().split(" ")).mapToLong(Long::parseLong).toArray();
    }

    private void bothEnd(String when) {
        long[] both = numbers();
        eventually(when + ": the hook and what it started are gone", Duration.ofSeconds(30), () -> !running(both[0]) && !running(both[1]));
    }

    @Test
    void whatAHookStartedDiesWithTheJvm() throws Exception {
        for (String point : List.of("createRuntime", "poststart")) {
            ObjectNode config = config("/bin/sleep", "60");
            hook(config, point, waiting());
            ((ObjectNode) config.at("/hooks/" + point + "/0")).remove("timeout");
            Crun.write(bundle, config);
            Path home = directory.resolve("home-" + point);
            try (ScenarioProcess jvm = ScenarioProcess.start(CgroupsScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), bundle.toString())) {
                eventually("the hook waits", Duration.ofSeconds(60), () -> Files.exists(trace));
                assertTrue(running(numbers()[0]) && running(numbers()[1]), "the control");
                jvm.jvm().destroyForcibly();
                jvm.waitFor(Duration.ofSeconds(60));
            }
            bothEnd(point);
            Files.delete(trace);
        }
    }

    /** It waits for its hooks, and is killed: they run in vain. */
    @Test
    void hooksOfOneThatIsKilledEnd() throws Exception {
        ObjectNode config = config("/bin/sleep", "60");
        hook(config, "createRuntime", waiting());
        ((ObjectNode) config.at("/hooks/createRuntime/0")).remove("timeout");
        Crun.write(bundle, config);
        for (String victim : List.of("container", "guard")) {
            var start = java.util.concurrent.CompletableFuture.supplyAsync(() -> engine.bundle(bundle).run());
            eventually("the hook waits", Duration.ofSeconds(30), () -> Files.exists(trace));
            ProcessHandle guard = ProcessHandle.current().children().filter(c -> c.info().command().orElse("").startsWith("/memfd:caisson-guard") && c.children().findAny().isPresent()
                    && c.pid() != parent(numbers()[0])).findFirst().orElseThrow();
            (victim.equals("guard") ? guard : guard.children().findFirst().orElseThrow()).destroyForcibly();
            bothEnd(victim);
            try (Container container = start.get(60, java.util.concurrent.TimeUnit.SECONDS)) { // it ended before it began, if the guard can still say so
                assertEquals("container", victim);
                assertEquals(137, container.waitForExit(Duration.ofSeconds(30)).exitCode());
            } catch (java.util.concurrent.ExecutionException e) {
                assertTrue(e.getCause() instanceof dev.caisson.ContainerException, e::toString);
            }
            Files.delete(trace);
        }
    }

    private static long parent(long pid) {
        return ProcessHandle.of(pid).flatMap(ProcessHandle::parent).map(ProcessHandle::pid).orElse(0L);
    }
}
