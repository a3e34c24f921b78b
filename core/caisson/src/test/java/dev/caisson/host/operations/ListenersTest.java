package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.RestartPolicy;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a listener throws is its own: nothing else fails, and every listener hears of everything. */
@Timeout(120)
class ListenersTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final Set<String> heard = ConcurrentHashMap.newKeySet();

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.listener(e -> {
            throw new IllegalStateException("of the listener's own");
        }).listener(e -> heard.add(e.detail())).listener(e -> {
            throw new StackOverflowError("of another's");
        });
    }

    @Test
    void oneThatThrowsHoldsUpNoEnd() {
        root.withShell();
        try (Container container = tiny().command("/bin/sh", "-c", "exit 3").run()) {
            assertEquals(3, container.waitForExit(SOON).exitCode());
        }
        assertEquals("hello\n", tiny().command(observer("echo", "hello")).execute().stdout());
        try (Container container = tiny().command("/bin/sh", "-c", "exit 4").restart(RestartPolicy.onFailure(2)).run()) {
            assertEquals(4, container.waitForExit(SOON).exitCode());
            assertEquals(2, container.restartCount());
        }
        try (Container container = tiny().health(h -> h.command("/bin/sh", "-c", "true").interval(Duration.ofMillis(20))).command(observer("sleep", "60")).run()) {
            eventually("it is checked again and again", SOON, () -> container.health().log().size() > 3);
        }
        assertTrue(heard.contains("die exitCode=3") && heard.contains("die exitCode=4") && heard.contains("health_status: healthy"), heard::toString);
    }
}
