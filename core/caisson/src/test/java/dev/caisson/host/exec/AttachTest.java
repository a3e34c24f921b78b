package dev.caisson.host.exec;

import static dev.caisson.AttachOptions.Stream.STDERR;
import static dev.caisson.AttachOptions.Stream.STDOUT;
import static dev.caisson.host.exec.ExecTest.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.AttachOptions.WhenFull;
import dev.caisson.Attachment;
import dev.caisson.Attachment.End;
import dev.caisson.Container;
import dev.caisson.EngineProblem;
import dev.caisson.EventFilter;
import dev.caisson.InvalidSpec;
import dev.caisson.RestartPolicy;
import dev.caisson.Signal;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attached to a running container: several at once, each for a while, and the container is none the worse. */
@Timeout(180)
class AttachTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @BeforeEach
    void shell() {
        root.withShell();
    }

    private static void type(Attachment to, String text) throws IOException {
        to.stdin().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static End end(Attachment of) throws Exception {
        return of.onEnd().get(30, TimeUnit.SECONDS);
    }

    @Test
    void severalSeeAndWriteTheSame() throws Exception {
        try (Container container = tiny().interactive().command("busybox", "cat").run(); Attachment one = container.attach(); Attachment other = container.attach()) {
            type(one, "from one\n");
            assertEquals("from one\n", until(one.stdout(), "\n"));
            type(other, "from other\n");
            assertEquals("from other\n", until(one.stdout(), "\n"));
            assertEquals("from one\nfrom other\n", until(other.stdout(), "other\n"));
            one.close();
            assertEquals(End.CLOSED, end(one));
            assertEquals(-1, one.stdout().read());
            assertThrows(IOException.class, () -> type(one, "x"));
            type(other, "alone\n");
            until(other.stdout(), "alone\n");
            other.stdin().close();
            assertEquals(0, container.waitForExit(SOON).exitCode());
            assertEquals(End.EXITED, end(other));
            assertEquals(-1, other.stdout().read());
            assertEquals("from one\nfrom other\nalone\n", container.logs(), "the log has it once");
            List<String> events = engine.events().past(EventFilter.all()).stream().map(e -> e.action()).filter(a -> a.endsWith("tach")).toList();
            assertEquals(List.of("attach", "attach", "detach"), events);
        }
    }

    @Test
    void onlyWhatComesFromThenOn() throws Exception {
        try (Container container = tiny().interactive().command("sh", "-c", "echo before; read x; echo after; echo error >&2").run()) {
            eventually("it printed", SOON, () -> container.logs().contains("before"));
            try (Attachment all = container.attach(); Attachment errors = container.attach(a -> a.only(STDERR)); Attachment output = container.attach(a -> a.only(STDOUT))) {
                type(all, "\n");
                container.waitForExit(SOON);
                assertEquals("after\n", new String(all.stdout().readAllBytes(), StandardCharsets.UTF_8));
                assertEquals("error\n", new String(all.stderr().readAllBytes(), StandardCharsets.UTF_8));
                assertEquals("error\n", new String(errors.stderr().readAllBytes(), StandardCharsets.UTF_8));
                assertEquals(0, errors.stdout().readAllBytes().length);
                assertEquals("after\n", new String(output.stdout().readAllBytes(), StandardCharsets.UTF_8));
                assertTrue(assertThrows(EngineProblem.class, output::stdin).remedy().contains("STDIN"));
            }
        }
    }

    private String flood(String then) {
        return "until test -e /ctl/go; do sleep 0.02; done; dd if=/dev/zero bs=64k count=100 2>/dev/null; touch /ctl/done; " + then;
    }

    @Test
    void itWaitsForWhoIsSlowUntilHeLeaves() throws Exception {
        Path control = hostDirectory("ctl");
        try (Container container = tiny().bind(control, "/ctl").command("sh", "-c", flood("exit 5")).run(); Attachment slow = container.attach()) {
            Files.createFile(control.resolve("go"));
            pause(500);
            assertFalse(Files.exists(control.resolve("done")), "6 MiB are more than wait for a reader");
            slow.close();
            assertEquals(5, container.waitForExit(SOON).exitCode());
        }
    }

    @Test
    void itCanLeaveWhoIsSlow() throws Exception {
        Path control = hostDirectory("ctl");
        try (Container container = tiny().bind(control, "/ctl").command("sh", "-c", flood("exit 5")).run();
                Attachment slow = container.attach(a -> a.whenFull(WhenFull.DETACH).buffer(100_000)); Attachment quick = container.attach(a -> a.buffer(8 << 20))) {
            Files.createFile(control.resolve("go"));
            assertEquals(5, container.waitForExit(SOON).exitCode());
            assertEquals(End.SLOW, end(slow));
            assertTrue(assertThrows(IOException.class, () -> slow.stdout().readAllBytes()).getMessage().contains("100000"));
            assertEquals(6_553_600, quick.stdout().readAllBytes().length);
        }
    }

    @Test
    void whoIsSlowHoldsUpNeitherItsEndNorStop() throws Exception {
        try (Container container = tiny().stopTimeout(Duration.ofMillis(100)).command("busybox", "yes").run(); Attachment slow = container.attach()) {
            eventually("it is full", SOON, () -> {
                try {
                    return slow.stdout().available() >= 1 << 20;
                } catch (IOException e) {
                    return false;
                }
            });
            long before = System.nanoTime();
            container.stop();
            assertTrue(System.nanoTime() - before < 30_000_000_000L);
            assertEquals(End.EXITED, end(slow));
            assertTrue(slow.stdout().readAllBytes().length >= 1 << 20);
        }
    }

    @Test
    void atATerminal() throws Exception {
        try (Container container = tiny().tty().interactive().command("sh").run(); Attachment keys = container.attach(); Attachment other = container.attach(a -> a.detachKeys(""))) {
            container.resize(33, 99);
            type(keys, "busybox stty size\n");
            until(keys.stdout(), "33 99\r\n");
            type(keys, "\u0010");
            type(keys, "\u0011exit 1\n");
            assertEquals(End.KEYS, end(keys));
            assertEquals(Container.State.RUNNING, container.state());
            type(other, "\u0010\u0011");
            assertFalse(other.onEnd().isDone(), "no keys, none found");
            assertEquals(-1, other.stderr().read(), "at a terminal all is one stream");
            other.stdin().close();
            assertEquals(Container.State.RUNNING, container.state(), "a terminal's input has no end");
            type(other, "\u0015exit 4\n");
            assertEquals(4, container.waitForExit(SOON).exitCode());
            assertEquals(End.EXITED, end(other));
        }
    }

    @Test
    void eachRunHasItsOwn() throws Exception {
        try (Container container = tiny().interactive().restart(RestartPolicy.always()).command("busybox", "cat").run()) {
            Attachment first = container.attach();
            first.stdin().close();
            assertEquals(End.EXITED, end(first));
            eventually("it runs again", SOON, () -> container.restartCount() == 1 && container.state() == Container.State.RUNNING);
            try (Attachment second = container.attach()) {
                type(second, "again\n");
                until(second.stdout(), "again\n");
            }
        }
    }

    @Test
    void whatCannotBe() {
        try (Container container = tiny().command("busybox", "sleep", "600").create()) {
            assertTrue(assertThrows(EngineProblem.class, container::attach).getMessage().contains("CREATED"));
            container.start();
            try (Attachment attached = container.attach()) {
                assertTrue(assertThrows(EngineProblem.class, attached::stdin).remedy().contains("interactive()"));
                assertTrue(assertThrows(EngineProblem.class, () -> container.resize(1, 1)).remedy().contains("tty()"));
            }
            container.kill(Signal.KILL);
            container.waitForExit(SOON);
            assertThrows(EngineProblem.class, container::attach);
        }
        assertThrows(InvalidSpec.class, () -> tiny().interactive().command("cat").execute());
        assertThrows(UnsupportedOnThisHost.class, () -> tiny().interactive().detached().networkNone().command("cat").run());
    }
}
