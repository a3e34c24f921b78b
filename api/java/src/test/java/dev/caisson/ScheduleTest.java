package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Intervals from the shortest to the longest. */
class ScheduleTest {
    private static final Instant START = Instant.parse("2026-03-28T22:00:00Z");

    @Test
    void intervalsAreCountedFromTheStart() {
        for (Duration each : new Duration[] {Duration.ofSeconds(1), Duration.ofDays(36_525)}) {
            Schedule schedule = Schedule.every(each);
            assertEquals(Optional.of(START.plus(each)), schedule.next(START, START));
            assertEquals(Optional.of(START.plus(each.multipliedBy(3))), schedule.next(START, START.plus(each.multipliedBy(2)).plusMillis(1)));
        }
    }

    @Test
    void whatIsTooShortOrTooLongIsRefused() {
        for (Duration each : new Duration[] {Duration.ofMillis(999), Duration.ZERO, Duration.ofSeconds(Long.MIN_VALUE), Duration.ofDays(36_525).plusNanos(1), Duration.ofSeconds(Long.MAX_VALUE)}) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> Schedule.every(each));
            assertTrue(refused.getMessage().contains("every(" + each + ")"), refused.getMessage());
        }
    }
}
