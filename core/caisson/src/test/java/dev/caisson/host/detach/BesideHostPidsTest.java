package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.ScenarioProcess;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine has two guards when one of its containers is in the host's PID namespace. The end of the one takes with it what is its own, and not what the other keeps. */
@Timeout(180)
class BesideHostPidsTest extends DetachedTest {
    @ParameterizedTest
    @ValueSource(strings = {"kill", "close"})
    void whatIsDetachedOutlivesTheOtherGuard(String how) {
        try (ScenarioProcess jvm = ScenarioProcess.start(BesideScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), how)) {
            jvm.awaitMark("running", PATIENCE);
            long beside = Long.parseLong(jvm.marks().get(0));
            if (how.equals("kill")) {
                jvm.jvm().destroyForcibly(); // SIGKILL
            }
            jvm.waitFor(PATIENCE);
            eventually("what is not detached has ended", PATIENCE, () -> !running(beside));
        }
        try (Engine next = open()) {
            assertEquals(1, next.containers().size(), () -> "containers: " + next.containers());
            Container kept = next.containers().get(0);
            assertEquals("kept", kept.name());
            for (int i = 0; i < 20; i++) { // a guard that ends tries for a while
                assertEquals(State.RUNNING, kept.state());
                assertEquals("here\n", kept.exec("/bin/sh", "-c", "echo here").run().stdout());
            }
            kept.stop();
            kept.remove();
        }
    }
}
