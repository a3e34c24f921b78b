package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.EventFilter;
import dev.caisson.Readiness;
import dev.caisson.RestartPolicy;
import dev.caisson.host.EngineTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of stops and restarts, word for word as {@code docker events} (20.10) told it of the same programs. */
@Timeout(120)
class EventOrderTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @BeforeEach
    void shell() {
        root.withShell();
    }

    private ContainerBuilder script(String text) {
        return tiny().command("/bin/sh", "-c", text);
    }

    private List<String> told(Container of) {
        return engine.events().past(EventFilter.all().container(of.id())).stream()
                .map(e -> (e.action() + " " + e.attributes().getOrDefault("signal", "") + e.attributes().getOrDefault("exitCode", "")).strip()).toList();
    }

    @Test
    void aStopIsToldWhenItIsDoneAndARestartWhenItRuns() {
        try (Container container = script("trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done").waitFor(Readiness.log("ready")).run()) {
            container.restart();
            container.await(Readiness.condition("it said so twice", c -> c.logs().equals("ready\nready\n")), SOON);
            container.stop();
            assertEquals(List.of("create", "start", "kill 15", "die 3", "stop", "start", "restart", "kill 15", "die 3", "stop"), told(container));
            container.stop();
            assertEquals(10, told(container).size(), "nothing was stopped");
        }
    }

    @Test
    void whoDoesNotEndIsKilled() {
        try (Container container = script("trap '' TERM; echo ready; while :; do sleep 0.05; done").waitFor(Readiness.log("ready")).stopTimeout(Duration.ofMillis(200)).run()) {
            container.stop();
            assertEquals(List.of("create", "start", "kill 15", "kill 9", "die 137", "stop"), told(container));
        }
    }

    /** It restarts nothing that runs. */
    @Test
    void aPolicyStarts() {
        try (Container container = script("exit 4").restart(RestartPolicy.onFailure(2)).run()) {
            container.waitForExit(SOON);
            assertEquals(List.of("create", "start", "die 4", "start", "die 4", "start", "die 4"), told(container));
        }
        try (Container container = script("exit 4").restart(RestartPolicy.always()).run()) {
            eventually("it waits for its next start", SOON, () -> container.state() == Container.State.RESTARTING && container.restartCount() > 3);
            container.stop();
            assertEquals(List.of("die 4", "stop"), told(container).subList(told(container).size() - 2, told(container).size()));
        }
    }
}
