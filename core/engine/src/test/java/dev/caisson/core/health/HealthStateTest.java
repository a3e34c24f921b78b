package dev.caisson.core.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Health;
import dev.caisson.Health.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What results come to: starting, healthy, unhealthy, as docker counts. */
class HealthStateTest {
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final Duration EARLY = Duration.ofSeconds(9);

    private static HealthState state(int retries) {
        HealthState state = new HealthState(new CheckPlan(List.of("x"), Duration.ofSeconds(30), Duration.ofSeconds(30), PERIOD, Duration.ofSeconds(5), retries));
        state.begin();
        return state;
    }

    private static Health.Result exit(int code) {
        return new Health.Result(Instant.EPOCH, Instant.EPOCH, code, "");
    }

    @Test
    void failuresOfTheStartPeriodDoNotCount() {
        HealthState state = state(2);
        for (int i = 0; i < 9; i++) {
            assertFalse(state.result(exit(1), EARLY));
        }
        assertEquals(0, state.now().failingStreak());
        assertEquals(5, state.now().log().size());
        assertFalse(state.result(exit(1), PERIOD));
        assertTrue(state.result(exit(-1), PERIOD));
        assertEquals(Status.UNHEALTHY, state.now().status());
    }

    @Test
    void onceHealthyTheyDo() {
        HealthState state = state(1);
        assertTrue(state.result(exit(0), EARLY));
        assertTrue(state.result(exit(1), EARLY));
        assertEquals(new Health(Status.UNHEALTHY, 1, List.of(exit(0), exit(1))), state.now());
        assertTrue(state.result(exit(0), EARLY), "and it may recover");
    }

    @Test
    void theIntervalIsShortUntilItIsHealthy() {
        HealthState state = state(3);
        assertEquals(Duration.ofSeconds(5), state.next(EARLY));
        assertEquals(Duration.ofSeconds(30), state.next(PERIOD));
        state.result(exit(0), EARLY);
        assertEquals(Duration.ofSeconds(30), state.next(EARLY));
    }

    @Test
    void anEndIsUnhealthyAndAStartBeginsAnew() {
        HealthState state = state(1);
        state.result(exit(0), EARLY);
        state.end();
        assertEquals(Status.UNHEALTHY, state.now().status());
        state.begin();
        assertEquals(new Health(Status.STARTING, 0, List.of(exit(0))), state.now());
    }

    /** Against the definition: unhealthy is "the last so many counted failed". */
    @Property
    void asDefined(@ForAll @IntRange(min = 1, max = 4) int retries, @ForAll @Size(max = 40) List<@IntRange(min = 0, max = 2) Integer> codes,
            @ForAll @IntRange(max = 40) int early) {
        HealthState state = state(retries);
        List<Integer> counted = new ArrayList<>();
        boolean started = false; // a success, or so many failures that it is unhealthy
        for (int i = 0; i < codes.size(); i++) {
            Status before = state.now().status();
            boolean changed = state.result(exit(codes.get(i)), i < early ? EARLY : PERIOD);
            assertEquals(changed, before != state.now().status());
            started |= codes.get(i) == 0;
            if (started || i >= early) {
                counted.add(codes.get(i));
            }
            int streak = 0;
            while (streak < counted.size() && counted.get(counted.size() - 1 - streak) != 0) {
                streak++;
            }
            assertEquals(streak, state.now().failingStreak());
            assertEquals(streak >= retries ? Status.UNHEALTHY : started ? Status.HEALTHY : Status.STARTING, state.now().status());
        }
        assertEquals(codes.subList(Math.max(0, codes.size() - 5), codes.size()), state.now().log().stream().map(Health.Result::exitCode).toList());
    }
}
