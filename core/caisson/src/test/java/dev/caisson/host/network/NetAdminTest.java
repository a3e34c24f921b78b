package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.EgressBuilder;
import dev.caisson.Exec;
import dev.caisson.NetworkProblem;
import dev.caisson.Signal;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody who has NET_ADMIN is in a network namespace that is held to an egress policy ({@link EgressTest}), whoever was there first and however he came by it. */
@Timeout(180)
class NetAdminTest extends NetworkTest {
    private static final int ROUNDS = 12;

    private Container idle() {
        return engine.hostRoot().network("bridge").command("sleep", "600").stopTimeout(Duration.ZERO).run();
    }

    private static boolean held(Container container) {
        try {
            container.egress(EgressBuilder::denyAll);
            return true;
        } catch (NetworkProblem e) {
            assertTrue(e.getMessage().contains("has NET_ADMIN"), e::getMessage);
            return false;
        }
    }

    @Test
    void whatRunsWithPrivilegesEndsFirst() {
        try (Container step = idle()) {
            Exec running = step.exec("/usr/bin/sleep", "600").privileged().start();
            assertFalse(held(step));
            running.kill(Signal.KILL);
            eventually("it is gone", PATIENCE, () -> held(step));
        }
    }

    /** Its children outlive an execution, as with docker. */
    @Test
    void whatItLeavesToo() {
        try (Container step = idle()) {
            assertEquals(0, step.exec("/bin/sh", "-c", "sleep 601 >/dev/null 2>&1 </dev/null &").privileged().run().exitCode());
            eventually("it is told by its number", PATIENCE, () -> assertThrows(NetworkProblem.class, () -> step.egress(EgressBuilder::denyAll)).getMessage().matches("(?s).*process \\d+ of container.*"));
            step.exec("/bin/sh", "-c", "kill -9 $(ps -eo pid,args | grep '[s]leep 601' | awk '{print $1}')").run();
            eventually("it is gone", PATIENCE, () -> held(step));
        }
    }

    /** The first and the last one are the controls. */
    @Test
    void ofTwoAtOnceOneAtMostIsLetIn() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            try (Container step = idle()) {
                boolean before = i == 0 && held(step);
                CompletableFuture<Container> coming = engine.hostRoot().network("container:" + step.name()).capAdd(Capability.NET_ADMIN).command("sleep", "600").stopTimeout(Duration.ZERO)
                        .runAsync();
                if (i == ROUNDS - 1) {
                    coming.get();
                }
                pause(i * 10);
                boolean policy = before || held(step);
                Container admin = coming.handle((c, e) -> c).get();
                assertTrue(i > 0 || policy && admin == null, "a policy keeps it out");
                assertTrue(i < ROUNDS - 1 || !policy && admin != null, "and the other way round");
                assertFalse(policy && admin != null, "both, after " + i * 10 + " ms");
                if (admin != null) {
                    admin.close();
                }
            }
        }
    }
}
