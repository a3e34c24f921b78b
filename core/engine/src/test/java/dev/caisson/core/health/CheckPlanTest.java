package dev.caisson.core.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.HealthCheck;
import dev.caisson.InvalidSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What is checked: the caller's, else the image's, else docker's defaults, whatever an image says. */
class CheckPlanTest {
    private static final Duration NONE = Duration.ZERO;

    private static HealthCheck check(long interval, int retries, String... test) {
        return new HealthCheck(List.of(test), Duration.ofMillis(interval), NONE, NONE, NONE, retries);
    }

    private static CheckPlan plan(HealthCheck wanted, HealthCheck image, String... shell) {
        return CheckPlan.of(wanted, image, List.of(shell)).orElseThrow();
    }

    @Test
    void nothingIsCheckedUnlessSomebodySaysSo() {
        assertTrue(CheckPlan.of(HealthCheck.OF_IMAGE, HealthCheck.OF_IMAGE, List.of()).isEmpty());
        assertTrue(CheckPlan.of(HealthCheck.NONE, check(1, 1, "CMD", "x"), List.of()).isEmpty());
        assertTrue(CheckPlan.of(HealthCheck.OF_IMAGE, HealthCheck.NONE, List.of()).isEmpty());
        assertThrows(InvalidSpec.class, () -> CheckPlan.of(check(1, 1), HealthCheck.OF_IMAGE, List.of()), "an interval of nothing");
    }

    @Test
    void dockersDefaults() {
        CheckPlan plan = plan(HealthCheck.OF_IMAGE, check(0, 0, "CMD-SHELL", "curl -f localhost || exit 1"));
        assertEquals(new CheckPlan(List.of("/bin/sh", "-c", "curl -f localhost || exit 1"), Duration.ofSeconds(30), Duration.ofSeconds(30), NONE, Duration.ofSeconds(5), 3), plan);
    }

    @Test
    void theCallersPartsGoBeforeTheImages() {
        HealthCheck image = new HealthCheck(List.of("CMD-SHELL", "a b"), Duration.ofSeconds(7), Duration.ofSeconds(8), Duration.ofSeconds(9), Duration.ofSeconds(10), 11);
        assertEquals(new CheckPlan(List.of("/bin/ash", "-ec", "a b"), Duration.ofMillis(5), Duration.ofSeconds(8), Duration.ofSeconds(9), Duration.ofSeconds(10), 2),
                plan(check(5, 2), image, "/bin/ash", "-ec"));
        assertEquals(List.of("own", "words"), plan(check(0, 0, "CMD", "own", "words"), image).argv());
    }

    @Test
    void whatAnImageMayNotSay() {
        for (List<String> test : List.of(List.of("RUN", "x"), List.of("CMD"), List.of("CMD", ""), List.of("CMD", "a\0b"), List.of("CMD-SHELL"))) {
            assertThrows(InvalidSpec.class, () -> CheckPlan.of(HealthCheck.OF_IMAGE, new HealthCheck(test, NONE, NONE, NONE, NONE, 0), List.of()), test.toString());
        }
    }

    @Property
    void numbersOfAnImageAreUsableOrPassedOver(@ForAll long interval, @ForAll long timeout, @ForAll long period, @ForAll long startInterval, @ForAll int retries) {
        HealthCheck image = new HealthCheck(List.of("CMD", "x"), Duration.ofNanos(interval), Duration.ofNanos(timeout), Duration.ofNanos(period), Duration.ofNanos(startInterval), retries);
        Optional<CheckPlan> plan = CheckPlan.of(HealthCheck.OF_IMAGE, image, List.of());
        assertTrue(plan.orElseThrow().retries() > 0 && !plan.get().startPeriod().isNegative());
        for (Duration each : List.of(plan.get().interval(), plan.get().timeout(), plan.get().startInterval())) {
            assertTrue(each.compareTo(Duration.ofMillis(1)) >= 0, each.toString());
        }
    }
}
