package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Attachment;
import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.Readiness;
import dev.caisson.RestartPolicy;
import dev.caisson.Signal;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fault F19 and live restore: a container outlives its JVM with its output and its exit status; another finds it, follows it and stops it; then nothing is left. */
@Timeout(180)
class DetachTest extends DetachedTest {
    private static final String WAIT = "until test -e /ctl/go; do sleep 0.02; done; ";

    private void start(String script) {
        try (ScenarioProcess jvm = ScenarioProcess.start(DetachScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), control.toString(), script)) {
            jvm.awaitMark("running", PATIENCE);
            if (script.startsWith("echo before;")) { // else it may be in the JVM's memory when that is killed
                eventually("it is in the log", PATIENCE, () -> written("-json.log").contains("before"));
            }
            jvm.jvm().destroyForcibly(); // SIGKILL
            jvm.waitFor(PATIENCE);
        }
    }

    private void awaitSpool(String text) {
        eventually("'" + text + "' is in the spool", PATIENCE, () -> written("spool").contains(text));
    }

    private long spoolSize() {
        try (Stream<Path> all = Files.walk(home.resolve("engine/engines"))) {
            return all.filter(p -> p.endsWith("spool")).mapToLong(p -> p.toFile().length()).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> engines() {
        try (Stream<Path> all = Files.list(home.resolve("engine/engines"))) {
            return all.map(p -> p.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Container only(Engine engine) {
        assertEquals(1, engine.containers().size(), () -> "containers: " + engine.containers());
        return engine.containers().get(0);
    }

    private void removed(Engine engine) {
        eventually("nothing is there any more, is " + engine.containers(), PATIENCE, () -> engine.containers().isEmpty());
        eventually("the other engine's directory is swept, is " + engines(), PATIENCE, () -> engines().size() == 1);
    }

    @Test
    void anotherJvmFollowsExecutesInAndStopsIt() throws IOException {
        start("echo before; " + WAIT + "echo between; echo error >&2; until test -e /ctl/again; do sleep 0.02; done; echo after; exec sleep 600");
        go("go");
        awaitSpool("between");
        awaitSpool("error");
        try (Engine next = open()) {
            Container kept = only(next);
            assertEquals("kept", kept.name());
            assertEquals(State.RUNNING, kept.state());
            assertEquals(List.of("before", "between", "error"), kept.logs().lines().sorted().toList());
            try (Attachment attached = kept.attach()) {
                go("again");
                kept.await(Readiness.log("after"), PATIENCE);
                assertEquals("after\n", new String(attached.stdout().readNBytes(6), StandardCharsets.UTF_8));
                assertTrue(assertThrows(EngineProblem.class, attached::stdin).remedy().contains("interactive()"));
            }
            assertEquals(List.of("after", "before", "between", "error"), kept.logs().lines().sorted().toList());
            assertEquals("hello\n", kept.exec("/bin/sh", "-c", "echo $WORD").run().stdout());
            assertTrue(kept.stats().pids() > 0, kept.stats().toString());
            kept.pause();
            assertEquals(State.PAUSED, kept.state());
            kept.resume();
            kept.stop();
            assertEquals(137, kept.waitForExit(PATIENCE).exitCode());
            kept.start();
            eventually("it has printed again", PATIENCE, () -> kept.logs().lines().filter("after"::equals).count() == 2);
            kept.restart();
            assertEquals(State.RUNNING, kept.state());
            assertEquals("hello\n", kept.exec("/bin/sh", "-c", "echo $WORD").user("root").run().stdout());
            eventually("and once more", PATIENCE, () -> kept.logs().lines().filter("after"::equals).count() == 3);
            kept.kill(Signal.KILL);
            assertEquals(137, kept.waitForExit(PATIENCE).exitCode());
            assertEquals(0, next.rootfs(root.path()).name("bound").command("/bin/sh", "-c", "true").execute().exitCode(), "what was bound has died, and its name is free");
            kept.remove();
            removed(next);
        }
    }

    /** Nobody can know then what it was to be: it is ended, which is said aloud, and everything of it is swept. */
    @Test
    void whoseRecordIsDamagedIsEndedAndSwept() throws IOException {
        for (String damage : List.of("half", "garbage", "another's", "gone", "a directory")) {
            start("echo before; exec sleep 600");
            Path record;
            try (Stream<Path> all = Files.walk(home.resolve("engine/engines"))) {
                record = all.filter(p -> p.endsWith("spec.json")).findFirst().orElseThrow();
            }
            String written = Files.readString(record);
            Files.delete(record);
            switch (damage) {
                case "half" -> Files.writeString(record, written.substring(0, written.length() / 2));
                case "garbage" -> Files.writeString(record, "[[[[{\"version\":1");
                case "another's" -> Files.writeString(record, written.replaceFirst("\"id\"\\s*:\\s*\"[0-9a-f]{64}\"", "\"id\":\"" + "0".repeat(64) + "\""));
                case "a directory" -> Files.createDirectory(record);
                default -> { }
            }
            java.io.ByteArrayOutputStream said = new java.io.ByteArrayOutputStream();
            java.io.PrintStream before = System.err;
            System.setErr(new java.io.PrintStream(said, true));
            try (Engine next = open()) {
                assertTrue(next.containers().isEmpty(), damage);
                assertEquals(0, next.rootfs(root.path()).name("kept").command("/bin/true").execute().exitCode(), "its name is free");
                removed(next);
            } finally {
                System.setErr(before);
            }
            assertTrue(said.toString().contains("it is ended"), damage + ": " + said);
            assertEquals(List.of("half", "garbage").contains(damage), said.toString().contains("cannot be taken over"), damage + ": " + said);
        }
    }

    @Test
    void itsExitCodeIsKeptThoughNobodyLooked() throws IOException {
        start("echo before; " + WAIT + "echo last; exit 7");
        long waits = process("echo last");
        go("go");
        awaitSpool("last");
        eventually("its guard has seen it end", PATIENCE, () -> !Files.exists(Path.of("/proc/" + waits)));
        for (int i = 0; i < 2; i++) { // the first engine that finds it leaves it
            try (Engine next = open()) {
                Container kept = only(next);
                assertEquals(State.EXITED, kept.state(), "from the beginning");
                assertEquals(7, kept.waitForExit(PATIENCE).exitCode());
                assertEquals("before\nlast\n", kept.logs());
                if (i == 1) {
                    Files.delete(control.resolve("go"));
                    kept.start();
                    assertEquals("0\n", kept.exec("/bin/sh", "-c", "busybox id -u").user("root").run().stdout(), "its files are those that it runs on");
                    kept.kill(Signal.KILL);
                    assertEquals(137, kept.waitForExit(PATIENCE).exitCode());
                    kept.remove();
                    removed(next);
                }
            }
        }
    }

    /** Closed, not killed: the engine leaves it, and so does the one after it. */
    @Test
    void aClosedEngineLeavesItToo() {
        String id;
        try (Engine first = open()) {
            Container container = first.rootfs(root.path()).bind(control, "/ctl").command("/bin/sh", "-c", "n=0; while :; do n=$((n+1)); echo line $n; sleep 0.01; done").run();
            id = container.id();
            container.detach();
            container.detach();
            container.close();
            assertEquals(State.RUNNING, container.state(), "close() leaves what is detached");
        }
        for (int i = 0; i < 3; i++) {
            try (Engine next = open()) {
                Container kept = only(next);
                assertEquals(id, kept.id());
                kept.await(Readiness.log("line"), PATIENCE);
            }
        }
        try (Engine last = open()) {
            Container kept = only(last);
            kept.kill(Signal.KILL);
            assertEquals(137, kept.waitForExit(PATIENCE).exitCode());
            List<String> lines = kept.logs().lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                assertEquals("line " + (i + 1), lines.get(i), "every line once, and in order");
            }
            kept.remove();
            removed(last);
        }
    }

    @Test
    void ofTwoThatComeAtOnceOneGetsIt() throws Exception {
        start("echo before; exec sleep 600");
        CompletableFuture<Engine> one = CompletableFuture.supplyAsync(this::open);
        CompletableFuture<Engine> two = CompletableFuture.supplyAsync(this::open);
        try (Engine a = one.get(); Engine b = two.get()) {
            assertEquals(1, a.containers().size() + b.containers().size());
            Engine has = a.containers().isEmpty() ? b : a;
            try (Engine third = open()) {
                assertEquals(List.of(), third.containers());
            }
            only(has).remove();
        }
    }

    /** More than the spool takes: the writer waits, and nothing is lost. */
    @Test
    void theSpoolIsBounded() {
        int lines = 5_000;
        start("echo before; " + WAIT + "l=$(printf %03900d 0); n=0; while test $n -lt " + lines + "; do n=$((n+1)); echo $n $l; done; exec sleep 600");
        go("go");
        eventually("the spool is full", PATIENCE, () -> spoolSize() > 15 << 20);
        assertTrue(spoolSize() <= 16 << 20, spoolSize() + " bytes");
        try (Engine next = open()) {
            Container kept = only(next);
            kept.await(Readiness.log("^" + lines + " "), PATIENCE);
            List<String> all = kept.logs().lines().toList();
            assertEquals(lines + 1, all.size());
            assertTrue(all.get(lines).startsWith(lines + " "), all.get(lines));
            kept.remove();
            removed(next);
        }
    }

    /** F19: the guard is killed while no engine is there. The kernel ends the container, and the next engine sweeps the rest. */
    @Test
    void aKilledGuardTakesItAlong() {
        start("echo before; exec sleep 600");
        ProcessHandle guard = guardsAt(home.resolve("engine")).stream().findFirst().orElseThrow();
        guard.destroyForcibly();
        eventually("the guard is dead", PATIENCE, () -> guardsAt(home.resolve("engine")).isEmpty());
        try (Engine next = open()) {
            removed(next);
        }
    }

    /** Whose command line has these words: the first process of a container, as the host sees it. */
    private static long process(String words) {
        return ProcessHandle.allProcesses().map(ProcessHandle::pid).filter(p -> proc(p, "cmdline").contains(words)).findFirst().orElseThrow();
    }

    private static String proc(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/" + file)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void whatNeedsItsJvmIsRefusedByName() {
        ContainerBuilder sleeper = tiny().command("/bin/sh", "-c", "exec sleep 60").detached();
        refused("timeout", tiny().command("x").timeout(Duration.ofMinutes(1)).detached());
        refused("restart(always)", tiny().command("x").restart(RestartPolicy.always()).stdin("x").detached());
        refused("tty()", tiny().command("x").tty().detached());
        refused("hostRoot()", engine.hostRoot().command("true").detached());
        assertThrows(InvalidSpec.class, sleeper::execute);
        assertEquals(List.of(), engine.containers());
    }

    private static void refused(String what, ContainerBuilder container) {
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, container::run);
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }
}
