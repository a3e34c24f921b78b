package dev.caisson.core.restart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.RestartPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Whether and when a container is started again. */
class RestartsTest {
    private static final Duration SHORT = Duration.ofSeconds(1);

    @Test
    void pausesDoubleUpToAMinuteAndBeginAnewAfterASteadyRun() {
        Restarts restarts = new Restarts(RestartPolicy.always());
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pauses.add(restarts.ended(0, SHORT).orElseThrow().toMillis());
        }
        assertEquals(List.of(100L, 200L, 400L, 800L, 1600L, 3200L, 6400L, 12800L, 25600L, 51200L, 60000L, 60000L), pauses);
        assertEquals(Restarts.FIRST, restarts.ended(0, Restarts.STEADY).orElseThrow());
        assertEquals(13, restarts.count());
        restarts.ended(0, SHORT);
        restarts.reset();
        assertEquals(0, restarts.count());
        assertEquals(Restarts.FIRST, restarts.ended(0, SHORT).orElseThrow());
    }

    @Test
    void whichEndsCount() {
        assertTrue(new Restarts(RestartPolicy.no()).ended(1, SHORT).isEmpty());
        assertTrue(new Restarts(RestartPolicy.onFailure()).ended(0, SHORT).isEmpty());
        assertTrue(new Restarts(RestartPolicy.onFailure()).ended(137, SHORT).isPresent());
        assertTrue(new Restarts(RestartPolicy.unlessStopped()).ended(0, SHORT).isPresent());
        assertEquals("on-failure:3 unless-stopped no", RestartPolicy.onFailure(3) + " " + RestartPolicy.unlessStopped() + " " + RestartPolicy.no());
        assertThrows(InvalidSpec.class, () -> RestartPolicy.onFailure(0));
        assertThrows(InvalidSpec.class, () -> new RestartPolicy(RestartPolicy.When.ALWAYS, 1));
    }

    @Property(tries = 100)
    void failuresAreRetriedSoOften(@ForAll @IntRange(min = 1, max = 50) int retries) {
        Restarts restarts = new Restarts(RestartPolicy.onFailure(retries));
        for (int i = 0; i < retries; i++) {
            assertTrue(restarts.ended(1, SHORT).isPresent());
        }
        assertEquals(Optional.empty(), restarts.ended(1, SHORT));
        assertEquals(retries, restarts.count());
    }
}
