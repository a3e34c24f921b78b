package dev.caisson.host.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.EngineProblem;
import dev.caisson.Execution;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a container prints comes out, all of it and nothing later than its end. */
@Timeout(180)
class OutputTest extends EngineTest {
    @BeforeEach
    void shell() {
        root.withShell();
    }

    /** The line without a newline, printed right before the end: what daemons lose. */
    @Test
    void theLastLineIsAlwaysThere() {
        long lost = IntStream.range(0, 1000).parallel().filter(i -> !tiny().command(TinyRootfs.OBSERVER, "flood", "1").execute().stdout().equals("x")).count();
        assertEquals(0, lost);
    }

    @Test
    void theLastLineOfAnExecToo() {
        try (Container container = tiny().command("/bin/sleep", "600").run()) {
            long lost = IntStream.range(0, 200).filter(i -> !container.exec(TinyRootfs.OBSERVER, "flood", "1").run().stdout().equals("x")).count();
            assertEquals(0, lost);
        }
    }

    @Test
    void theLastLineOfATerminalToo() {
        long lost = IntStream.range(0, 100).filter(i -> !tiny().tty().command(TinyRootfs.OBSERVER, "flood", "1").execute().stdout().equals("x")).count();
        assertEquals(0, lost);
    }

    /** More than a terminal's buffer holds; its line discipline makes \n to \r\n. */
    @Test
    void aTerminalsOutputIsWhole() {
        Execution execution = tiny().tty().command(TinyRootfs.OBSERVER, "lines", "20000").execute();
        assertEquals(text(20000).replace("\n", "\r\n"), execution.stdout());
        assertEquals("", execution.stderr());
    }

    @Test
    void outputStaysReadableAfterAStreamIsClosedEarly() {
        Execution execution = tiny().command("/bin/sh", "-c", "echo out; exec >&-; sleep 0.1; echo err >&2; exit 3").execute();
        assertEquals("out\n", execution.stdout());
        assertEquals("err\n", execution.stderr());
        assertEquals(3, execution.exitCode());
    }

    @Test
    void aBackgroundProcessDoesNotHoldUpAnExec() {
        try (Container container = tiny().command("/bin/sleep", "600").run()) {
            long from = System.nanoTime();
            Execution exec = container.exec("/bin/sh", "-c", "sleep 600 & printf done").run();
            assertEquals("done", exec.stdout());
            assertTrue(System.nanoTime() - from < Duration.ofSeconds(60).toNanos());
        }
    }

    /** As if it had been passed over a socket: a process of the host, this one, holds the pipe's write end. */
    @Test
    void anEscapedDescriptorDoesNotHoldUpTheEnd() throws Exception {
        try (PipedOutputStream typed = new PipedOutputStream(); PipedInputStream stdin = new PipedInputStream(typed);
                Container container = tiny().command("/bin/sh", "-c", "read x; printf done").stdin(stdin).run();
                OutputStream escaped = new FileOutputStream("/proc/" + container.pid() + "/fd/1")) {
            typed.write('\n');
            typed.close();
            assertTrue(container.waitForExit(Duration.ofSeconds(60)).success());
            assertEquals("done\n", container.logs());
            assertThrows(IOException.class, () -> escaped.write(1)); // EPIPE: nobody reads it any more
        }
    }

    @Test
    void logsCanBeReadWhileTheyAreWritten() {
        String all = text(50000);
        try (Container container = tiny().command(TinyRootfs.OBSERVER, "lines", "50000").run()) {
            String before = "";
            for (boolean ended = false; !ended;) {
                ended = container.onExit().isDone();
                String now = container.logs();
                assertTrue(all.startsWith(now) && now.length() >= before.length(), () -> "not what was printed: " + now.length() + " characters");
                before = now;
            }
            assertEquals(all.length(), container.logs().length());
        }
    }

    @Test
    void theLastThousandLinesOutliveTheContainer() {
        Container container = tiny().command(TinyRootfs.OBSERVER, "lines", "3000").run();
        container.waitForExit(Duration.ofSeconds(60));
        container.remove();
        assertEquals(text(3000).lines().skip(2000).collect(Collectors.joining("\n", "", "\n")), container.logs());
    }

    @Test
    void tooMuchOutputKillsAndSaysSo() {
        OutputLimitExceeded e = assertThrows(OutputLimitExceeded.class, () -> tiny().outputLimit(100_000).command("/bin/yes").execute());
        assertTrue(e.getMessage().contains("stdout") && e.getMessage().contains("100000"), e.getMessage());
        try (Container container = tiny().command("/bin/sleep", "600").run()) {
            assertThrows(OutputLimitExceeded.class, () -> container.exec("/bin/yes").outputLimit(100_000).run());
            assertEquals(100_000, container.exec(TinyRootfs.OBSERVER, "flood", "100000").outputLimit(100_000).run().stdoutBytes().length);
        }
    }

    @Test
    void anInterruptedWaitKillsTheContainer() throws Exception {
        for (int i = 0; i < 20; i++) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread waits = new Thread(() -> {
                try {
                    tiny().command("/bin/sleep", "600").execute();
                } catch (RuntimeException e) {
                    thrown.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("the interrupt status is lost"));
                }
            });
            waits.start();
            pause(i * 2);
            waits.interrupt();
            assertEquals(EngineProblem.class, thrown.get(30, TimeUnit.SECONDS).getClass(), () -> thrown.join().toString());
            waits.join();
            eventually("it is still there", Duration.ofSeconds(30), () -> engine.containers().isEmpty());
        }
    }

    @Test
    void anInterruptedThreadCanClose() {
        Container container = tiny().command("/bin/sleep", "600").run();
        Thread.currentThread().interrupt();
        try {
            container.close();
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(Container.State.REMOVED, container.state());
    }

    private static String text(int lines) {
        return IntStream.rangeClosed(1, lines).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
    }
}
