package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ReadinessTest {
    @Test
    void valuesThatReadLikeWhatTheyMean() {
        assertEquals(Readiness.log("up", 2), Readiness.log("up", 2));
        assertNotEquals(Readiness.log("up", 2), Readiness.log("up"));
        assertEquals("all of [port 80, log line /up/ x2, GET /health on port 8080 = 204, any of [file /ready, exit 0], command pg_isready -q]",
                Readiness.all(Readiness.port(80), Readiness.log("up", 2), Readiness.http(8080, "/health").status(204),
                        Readiness.any(Readiness.file("/ready"), Readiness.exit()), Readiness.command("pg_isready", "-q")).toString());
        assertEquals("GET / on port 80 = 200..399", Readiness.http(80, "/").toString());
    }

    @Test
    void whatCannotComeTrueIsRefused() {
        List<Executable> wrong = List.of(() -> Readiness.port(0), () -> Readiness.port(65536), () -> Readiness.log("x", 0), () -> Readiness.log("("),
                () -> Readiness.http(80, "health"), () -> Readiness.file("ready"), Readiness::command, () -> Readiness.command(""), Readiness::any);
        wrong.forEach(w -> assertThrows(InvalidSpec.class, w));
        assertThrows(InvalidSpec.class, () -> IdleEngine.image().waitTimeout(Duration.ZERO).spec());
    }

    @Test
    void theErrorShowsTheLastTwentyLines() {
        String logs = "line\n".repeat(30) + "the last\n";
        NotReady e = new NotReady("container web", "port 80", Duration.ofMillis(1234), new ExitStatus(1, 0, false), logs, Map.of());
        assertTrue(e.getMessage().startsWith("container web ended (exit 1) after 1.2 s without being ready: still waiting for port 80. Its last lines:\nline\n"), e.getMessage());
        assertEquals(19, e.getMessage().split("line\n", -1).length - 1, e.getMessage());
        assertEquals(logs, e.logs());
        assertEquals(Stage.READY, e.stage());
    }
}
