package dev.caisson.host.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.Exec;
import dev.caisson.ExecBuilder;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.Signal;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An exec as a Process-like handle: written to, read, resized, left alone, and killed with all that it has started. */
@Timeout(180)
class ExecTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @BeforeEach
    void shell() {
        root.withShell();
    }

    /** With an init, because what nobody waits for would stay as a zombie. */
    private Container running() {
        return tiny().init().command(observer("sleep", "600")).run();
    }

    private static void type(Exec exec, String text) throws IOException {
        exec.stdin().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads until it has said that. */
    static String until(InputStream in, String text) throws IOException {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        while (!seen.toString(StandardCharsets.UTF_8).contains(text)) {
            int next = in.read();
            assertTrue(next >= 0, () -> "it ended after: " + seen.toString(StandardCharsets.UTF_8));
            seen.write(next);
        }
        return seen.toString(StandardCharsets.UTF_8);
    }

    @Test
    void itsInputIsReadAsItIsWritten() throws Exception {
        try (Container container = running(); Exec cat = container.exec("busybox", "cat").interactive().start()) {
            InputStream out = cat.stdout();
            type(cat, "first\n");
            assertEquals("first\n", until(out, "\n"));
            type(cat, "second");
            assertEquals("second", until(out, "second"));
            assertTrue(cat.isAlive() && cat.pid() > 0);
            cat.stdin().close();
            Execution execution = cat.await();
            assertEquals("first\nsecond", execution.stdout());
            assertEquals(0, execution.exitCode());
            assertEquals(-1, out.read());
            assertFalse(cat.isAlive());
            assertThrows(IOException.class, () -> type(cat, "third"));
            assertEquals("first\nsecond", new String(cat.stdout().readAllBytes(), StandardCharsets.UTF_8), "each reader begins at the beginning");
        }
    }

    @Test
    void bothStreamsAreApart() throws Exception {
        try (Container container = running(); Exec exec = container.exec("sh", "-c", "echo out; echo err >&2").piped().start()) {
            Execution execution = exec.await();
            assertEquals("", execution.stdout(), "what is piped is not kept");
            assertEquals("out\n", new String(exec.stdout().readAllBytes(), StandardCharsets.UTF_8), "its end does not wait for its readers");
            assertEquals("err\n", new String(exec.stderr().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void whatIsPipedWaitsForItsReader() throws Exception {
        try (Container container = running(); Exec exec = container.exec("sh", "-c", "dd if=/dev/zero bs=64k count=200 2>/dev/null; touch /done").piped().start()) {
            pause(400);
            assertEquals(1, container.exec("test", "-e", "/done").run().exitCode(), "it waits: 12.5 MiB are more than anybody keeps");
            assertEquals(200 * 65536, exec.stdout().readAllBytes().length);
            assertEquals(0, exec.await().exitCode());
            assertEquals(0, container.exec("test", "-e", "/done").run().exitCode());
        }
    }

    @Test
    void aTerminalOfTheContainersOwn() throws Exception {
        try (Container container = running(); Exec exec = container.exec("sh").tty(30, 100).interactive().start()) {
            InputStream out = exec.stdout();
            type(exec, "busybox tty; busybox stty size; echo $TERM; busybox stat -c %a:%u /dev/pts/0; echo e''nd\n");
            String said = until(out, "end\r\n").replace("\r", "");
            assertTrue(said.contains("\n/dev/pts/0\n30 100\nxterm\n620:0\nend\n"), said);
            type(exec, "exit 7\n");
            assertEquals(7, exec.await().exitCode());
            assertEquals(-1, exec.stderr().read(), "at a terminal all is one stream");
            assertThrows(EngineProblem.class, () -> exec.resize(1, 1));
            eventually("it goes with its process", SOON, () -> container.exec("ls", "/dev/pts").run().stdout().replace("ptmx", "").isBlank());
        }
        try (Container other = tiny().user("1000").command(observer("sleep", "600")).run()) {
            Execution owner = other.exec("busybox", "stat", "-c", "%u", "/dev/pts/0").tty().run();
            assertEquals("1000\r\n", owner.stdout(), "the user's, not root's");
        }
        try (Container apart = tiny().userns(UserNamespace.auto()).command(observer("sleep", "600")).run()) {
            for (String user : new String[] {"0", "1000"}) {
                Execution owner = apart.exec("sh", "-c", "busybox stat -c %u /dev/pts/0; echo hello >/dev/tty").user(user).tty().run();
                assertEquals(user + "\r\nhello\r\n", owner.stdout(), "in a user namespace too");
            }
        }
    }

    /** The kernel gives what was printed to a terminal a moment later: also what a process printed last. */
    @Test
    void nothingPrintedAtATerminalIsLost() {
        try (Container container = running()) {
            String expected = container.exec("seq", "1", "700").run().stdout().replace("\n", "\r\n");
            for (int i = 0; i < 150; i++) {
                assertEquals(expected, container.exec("seq", "1", "700").tty().run().stdout());
                assertEquals(expected, tiny().tty().command("seq", "1", "700").execute().stdout());
            }
        }
    }

    /** What it has started and left behind may print without end: its own end is told all the same, and nothing else of the engine's is held up. */
    @Test
    void whoIsLeftBehindMayPrintOn() {
        try (Container container = running()) {
            for (boolean terminal : new boolean[] {false, true}) {
                ExecBuilder builder = container.exec("sh", "-c", "trap '' HUP; busybox setsid busybox yes & busybox sleep 0.1; exit 4").piped();
                Exec exec = (terminal ? builder.tty() : builder).start();
                CompletableFuture<Execution> end = exec.onExit();
                try (InputStream out = exec.stdout()) {
                    byte[] some = new byte[65536];
                    while (!end.isDone() && out.read(some) >= 0) {
                        continue;
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                assertEquals(4, exec.await().exitCode());
                assertEquals("well\n", container.exec("echo", "well").run().stdout());
                exec.kill(Signal.KILL);
            }
        }
    }

    @Test
    void aNewSizeIsToldToWhatRunsThere() throws Exception {
        try (Container container = running();
                Exec exec = container.exec("sh", "-c", "trap 'busybox stty size' WINCH; echo ready; while :; do sleep 0.05; done").tty().start()) {
            InputStream out = exec.stdout();
            until(out, "ready\r\n");
            exec.resize(50, 132);
            assertEquals("50 132\r\n", until(out, "\n"));
            assertThrows(InvalidSpec.class, () -> exec.resize(0, 1));
            Exec plain = container.exec("sleep", "600").start();
            assertTrue(assertThrows(EngineProblem.class, () -> plain.resize(10, 10)).remedy().contains("tty()"));
            assertTrue(assertThrows(EngineProblem.class, plain::stdin).remedy().contains("interactive()"));
            plain.close();
        }
    }

    @Test
    void theDetachKeysLeaveItAlone() throws Exception {
        try (Container container = running()) {
            Exec exec = container.exec("sh").tty().interactive().start();
            InputStream out = exec.stdout();
            type(exec, "echo a\u0010b; sleep 600\n"); // the first of the keys, and then not the second
            until(out, "\r\n");
            type(exec, "\u0010");
            assertFalse(exec.onDetach().isDone());
            type(exec, "\u0011echo more\n");
            exec.onDetach().get(30, TimeUnit.SECONDS);
            out.readAllBytes();
            assertThrows(IOException.class, () -> type(exec, "x"));
            exec.close();
            pause(100);
            assertTrue(exec.isAlive(), "it goes on");
            exec.kill(Signal.KILL);
            assertEquals(137, exec.await().exitCode());
            assertFalse(exec.await().stdout().contains("more"), "what follows the keys is typed by nobody");

            Exec own = container.exec("busybox", "cat").tty().interactive().detachKeys("x,ctrl-x").start();
            type(own, "\u0010\u0011x\u0018");
            own.onDetach().get(30, TimeUnit.SECONDS);
            own.kill(Signal.KILL);
            Exec pipe = container.exec("busybox", "cat").interactive().start();
            type(pipe, "\u0010\u0011");
            pipe.stdin().close();
            assertEquals("\u0010\u0011", pipe.await().stdout(), "without a terminal nothing is a key");
            assertThrows(InvalidSpec.class, () -> container.exec("cat").detachKeys("ctrl-"));
        }
    }

    /** The must of the operations: all dead within 2 s. */
    @Test
    void aTimeOutKillsChildrenThatForkAndIgnoreTerm() {
        String forker = "trap '' TERM HUP INT; (while :; do busybox setsid busybox sleep 1000 & busybox sleep 0.01; done) & echo begun; while :; do busybox sleep 1; done";
        try (Container container = running()) {
            int own = container.top().size();
            ContainerTimeout timeout = assertThrows(ContainerTimeout.class, () -> container.exec("sh", "-c", forker).timeout(Duration.ofSeconds(3)).run());
            assertEquals("begun\n", timeout.partial().orElseThrow().stdout());
            eventually("all of it is dead within 2 s", Duration.ofSeconds(30), () -> container.top().size() == own);
            assertEquals(Container.State.RUNNING, container.state());
        }
    }

    @Test
    void aSignalReachesThoseWhoLeftItsGroup() throws Exception {
        String leaver = "trap 'echo parent; wait; exit 3' TERM; busybox setsid sh -c 'trap \"echo child; exit\" TERM; echo ready; while :; do sleep 0.05; done' & while :; do sleep 0.05; done";
        try (Container container = running()) {
            Exec exec = container.exec("sh", "-c", leaver).start();
            until(exec.stdout(), "ready\n");
            exec.kill(Signal.TERM);
            Execution execution = exec.await();
            assertTrue(execution.stdout().contains("child\n") && execution.stdout().contains("parent\n"), execution.stdout());
            assertEquals(3, execution.exitCode());
        }
    }

    @Test
    void aSignalMayComeBeforeItHasBegun() throws Exception {
        try (Container container = running()) {
            for (int i = 0; i < 20; i++) {
                Exec exec = container.exec("busybox", "sleep", "600").start();
                exec.kill(Signal.TERM);
                assertEquals(Signal.TERM, exec.onExit().get(30, TimeUnit.SECONDS).signal().orElseThrow());
            }
        }
    }

    @Test
    void whatOutlivedItCanStillBeKilled() {
        try (Container container = running()) {
            int own = container.top().size();
            Exec exec = container.exec("sh", "-c", "busybox setsid busybox sleep 1000 & exit 0").start();
            assertEquals(0, exec.await().exitCode());
            assertEquals(own + 1, container.top().size(), "it stays, as docker has it");
            exec.kill(Signal.KILL);
            eventually("it is gone", SOON, () -> container.top().size() == own);
            exec.kill(Signal.TERM);
            assertEquals(Container.State.RUNNING, container.state());
        }
    }

    @Test
    void closingAndInterruptingKill() throws Exception {
        try (Container container = running()) {
            Exec closed = container.exec("busybox", "sleep", "600").start();
            closed.close();
            assertEquals(137, closed.onExit().get(30, TimeUnit.SECONDS).exitCode());
            Exec waited = container.exec("busybox", "sleep", "600").start();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread waiter = new Thread(() -> {
                assertThrows(EngineProblem.class, waited::await);
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            waiter.start();
            waiter.interrupt();
            assertTrue(interrupted.get(30, TimeUnit.SECONDS));
            assertEquals(137, waited.onExit().get(30, TimeUnit.SECONDS).exitCode());
        }
    }

    @Test
    void whatCannotBeStartedIsSaid() {
        try (Container container = running()) {
            for (ExecBuilder builder : new ExecBuilder[] {container.exec("/no/such").tty(), container.exec("/no/such")}) {
                assertEquals(127, assertThrows(LaunchFailed.class, builder::run).exitCode());
            }
            Exec failed = container.exec("/no/such").tty().interactive().start();
            assertThrows(LaunchFailed.class, failed::await);
            assertThrows(IOException.class, () -> failed.stdin().write(1));
        }
        try (Container sandbox = tiny().sandbox().command(observer("sleep", "600")).run()) {
            assertTrue(assertThrows(InvalidSpec.class, () -> sandbox.exec("sh").tty().start()).getMessage().contains("sandbox()"));
        }
    }
}
