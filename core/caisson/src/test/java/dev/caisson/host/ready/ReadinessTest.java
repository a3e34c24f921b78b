package dev.caisson.host.ready;

import static dev.caisson.Readiness.all;
import static dev.caisson.Readiness.any;
import static dev.caisson.Readiness.command;
import static dev.caisson.Readiness.condition;
import static dev.caisson.Readiness.exit;
import static dev.caisson.Readiness.file;
import static dev.caisson.Readiness.http;
import static dev.caisson.Readiness.log;
import static dev.caisson.Readiness.port;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ExitStatus;
import dev.caisson.InvalidSpec;
import dev.caisson.NotReady;
import dev.caisson.Readiness;
import dev.caisson.Stage;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code run()} waits for, by each kind: not before it is there, and with all that is known when it never comes. */
@Timeout(180)
class ReadinessTest extends EngineTest {
    private static final Duration LITTLE = Duration.ofMillis(1200);
    /** For what has to happen before it is over. */
    private static final Duration ENOUGH = Duration.ofSeconds(5);

    @BeforeEach
    void shell() {
        root.withShell().link("bin/httpd", "busybox");
    }

    private ContainerBuilder script(String text) {
        return tiny().command("/bin/sh", "-c", text);
    }

    @Test
    void aPortOfItsOwnNetwork() {
        assertThrows(NotReady.class, () -> script("exec sleep 60").waitFor(port(7000)).waitTimeout(LITTLE).run());
        try (Container container = script("sleep 0.2; touch /listening; exec httpd -f -p 127.0.0.1:7000").waitFor(port(7000)).run()) {
            assertTrue(container.exec("/bin/sh", "-c", "test -e /listening").run().exitCode() == 0, "ready before it listened");
        }
    }

    /** On the host's network a stranger may listen on that very port; the container is not ready for that. */
    @Test
    void aPortOfTheHostsNetworkIsItsOwnToo() throws IOException {
        try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int taken = stranger.getLocalPort();
            NotReady e = assertThrows(NotReady.class, () -> script("exec sleep 60").networkHost().waitFor(port(taken)).waitTimeout(LITTLE).run());
            assertEquals("port " + taken, e.pending());
        }
        int free = freePort();
        script("exec httpd -f -p 127.0.0.1:" + free).networkHost().waitFor(port(free)).run().close();
    }

    /** Lines printed before anyone can look count, however many: the first is the 1st of 5,000. */
    @Test
    void noLineIsMissed() {
        try (Container container = script("echo first; seq 5000; echo second first >&2; exec sleep 60").waitFor(log("first$", 2)).run()) {
            assertTrue(container.logs().contains("second first"));
        }
        NotReady e = assertThrows(NotReady.class, () -> script("echo once; exec sleep 60").waitFor(log("once", 2)).waitTimeout(ENOUGH).run());
        assertEquals("log line /once/ x2 (1 seen)", e.pending());
    }

    @Test
    void aFileALinkToOneAndNoneOutside() throws IOException {
        ContainerBuilder made = script("sleep 0.1; touch /tmp/there; ln -s /tmp/there /ready; exec sleep 60").tmpfs("/tmp").waitFor(file("/ready"));
        made.run().close();
        hostDirectory("outside");
        String outside = directory.resolve("outside").toString();
        assertThrows(NotReady.class, () -> script("ln -s /../../.." + outside + " /out; exec sleep 60").waitFor(file("/out")).waitTimeout(LITTLE).run());
    }

    @Test
    void aCommandAConditionAndTheEnd() {
        AtomicInteger asked = new AtomicInteger();
        script("sleep 0.1; touch /a; exec sleep 60").waitFor(command("/bin/sh", "-c", "test -e /a"), condition("asked thrice", c -> asked.incrementAndGet() > 2)).run().close();
        assertEquals(3, asked.get(), "asked again although it had come true");
        script("exit 3").waitFor(exit(3)).run().close();
        NotReady e = assertThrows(NotReady.class, () -> script("exit 4").waitFor(exit(3)).run());
        assertEquals(4, e.exit().orElseThrow().exitCode());
    }

    @Test
    void anHttpStatus() {
        int port = freePort();
        root.file("www/index.html", "hello");
        String server = "sleep 0.1; exec httpd -f -p 127.0.0.1:" + port + " -h /www";
        script(server).networkHost().waitFor(http(port, "/index.html")).run().close();
        NotReady e = assertThrows(NotReady.class, () -> script(server).networkHost().waitFor(http(port, "/missing").status(200)).waitTimeout(ENOUGH).run());
        assertTrue(e.pending().contains("(404)"), e.pending());
    }

    @Test
    void allAndAny() {
        script("echo a; touch /b; exec sleep 60").waitFor(all(log("a"), file("/b")), any(file("/never"), file("/b"))).run().close();
        NotReady e = assertThrows(NotReady.class, () -> script("echo a; exec sleep 60").waitFor(all(log("a"), file("/b")), any(file("/c"), file("/d"))).waitTimeout(ENOUGH).run());
        assertEquals("file /b, and file /c, or file /d", e.pending());
    }

    /** All one needs to see why, after the container is gone. */
    @Test
    void theErrorTellsHowItEnded() {
        NotReady e = assertThrows(NotReady.class, () -> script("echo starting; echo no database >&2; exit 7").waitFor(port(80)).run());
        assertEquals(new ExitStatus(7, 0, false), e.exit().orElseThrow());
        assertEquals("starting\nno database\n", e.logs());
        assertTrue(e.getMessage().contains("exit 7") && e.getMessage().contains("port 80") && e.getMessage().contains("no database"), e.getMessage());
        assertTrue(e.timings().containsKey(Stage.SPAWN), e.timings().toString());
        assertFalse(e.remedy().isEmpty());
        assertTrue(engine.containers().isEmpty(), "it is removed");
        NotReady killed = assertThrows(NotReady.class, () -> tiny().memory("16m").command(observer("eat", "256")).waitFor(log("never")).run());
        assertTrue(killed.exit().orElseThrow().oomKilled(), killed.getMessage());
    }

    @Test
    void aLiveContainerIsWaitedForToo() {
        try (Container container = script("echo early; sleep 0.2; echo late; exec sleep 60").run()) {
            container.await(log("late"), Duration.ofSeconds(60));
            container.await(log("early"), ENOUGH);
            assertThrows(NotReady.class, () -> container.await(Readiness.log("never"), LITTLE));
            assertEquals(Container.State.RUNNING, container.state(), "left as it is");
        }
    }

    @Test
    void aRestartWaitsAgain() {
        try (Container container = script("echo x >> /count; sleep 0.1; touch /up; exec sleep 60").waitFor(file("/up")).stopTimeout(Duration.ZERO).run()) {
            container.exec("/bin/sh", "-c", "rm /up").run();
            container.restart();
            assertEquals(0, container.exec("/bin/sh", "-c", "test -e /up").run().exitCode());
        }
    }

    @Test
    void cancellingAndClosingEndTheWait() throws Exception {
        CompletableFuture<Container> future = script("exec sleep 60").waitFor(file("/never")).runAsync();
        eventually("it runs", Duration.ofSeconds(30), () -> !engine.containers().isEmpty());
        future.cancel(true);
        eventually("the container is removed", Duration.ofSeconds(30), () -> engine.containers().isEmpty());
        CompletableFuture<NotReady> waiting = CompletableFuture.supplyAsync(
                () -> assertThrows(NotReady.class, () -> script("exec sleep 60").waitFor(file("/never")).run()));
        eventually("it runs", Duration.ofSeconds(30), () -> !engine.containers().isEmpty());
        engine.close();
        assertTrue(waiting.get().exit().isPresent());
    }

    @Test
    void executeRefusesIt() {
        InvalidSpec e = assertThrows(InvalidSpec.class, () -> script("true").waitFor(file("/x")).execute());
        assertTrue(e.getMessage().contains("waitFor(…)"), e.getMessage());
    }
}
