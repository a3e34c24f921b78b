package dev.caisson.host.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.Schedule;
import dev.caisson.Schedule.Missed;
import dev.caisson.Schedule.Overlap;
import dev.caisson.ScheduledContainer;
import dev.caisson.ScheduledContainer.Outcome;
import dev.caisson.ScheduledContainer.Run;
import dev.caisson.host.EngineTest;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real containers at the times of a clock that the test sets: overlap, missed runs, history, and the end. */
@Timeout(180)
class ScheduleTest extends EngineTest {
    private static final Instant BEGIN = Instant.parse("2026-03-28T22:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Stands still until it is set. */
    private static final class SetClock extends Clock {
        private volatile Instant now = BEGIN;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }

        void set(String time) {
            now = Instant.parse(time);
        }
    }

    private final SetClock clock = new SetClock();

    private Schedule hourly() {
        return Schedule.cron("0 * * * *").zone(ZoneOffset.UTC).clock(clock);
    }

    private static List<String> outcomes(ScheduledContainer schedule) {
        return schedule.history().stream().map(r -> r.due().toString().substring(11, 16) + " " + r.outcome()).toList();
    }

    private static void until(ScheduledContainer schedule, String... expected) {
        try {
            eventually("", PATIENCE, () -> outcomes(schedule).equals(List.of(expected)));
        } catch (AssertionError e) {
            assertEquals(List.of(expected), outcomes(schedule));
        }
    }

    @Test
    void runsWhenItIsDue() {
        try (ScheduledContainer schedule = engine.schedule(tiny().name("nightly").command(observer("echo", "done")).spec(),
                Schedule.cron("30 2 * * *").zone(ZoneId.of("Europe/Berlin")).clock(clock))) {
            assertEquals(Instant.parse("2026-03-29T01:00:00Z"), schedule.next().orElseThrow(), "half past two is left out that day");
            pause(400);
            assertEquals(List.of(), schedule.history());
            clock.set("2026-03-29T01:00:01Z");
            until(schedule, "01:00 ENDED");
            Run run = schedule.history().get(0);
            assertEquals("done\n", run.output());
            assertEquals(0, run.exit().exitCode());
            assertEquals(clock.instant(), run.started());
            assertEquals(Instant.parse("2026-03-30T00:30:00Z"), schedule.next().orElseThrow());
            eventually("it is removed", PATIENCE, () -> engine.containers().stream().findAny().isEmpty());
        }
    }

    @Test
    void oneThatStillRuns() throws Exception {
        Path control = hostDirectory("ctl");
        root.withShell();
        var untilToldTo = tiny().bind(control, "/ctl").command("/bin/sh", "-c", "until test -e /ctl/go; do sleep 0.02; done");
        try (ScheduledContainer skip = engine.schedule(tiny().command(observer("sleep", "60")).spec(), hourly());
                ScheduledContainer queue = engine.schedule(untilToldTo.spec(), hourly().overlap(Overlap.QUEUE));
                ScheduledContainer replace = engine.schedule(tiny().name("one").command(observer("sleep", "60")).spec(), hourly().overlap(Overlap.REPLACE))) {
            clock.set("2026-03-28T23:00:00Z");
            eventually("all three run", PATIENCE, () -> List.of(skip, queue, replace).stream().allMatch(s -> s.running().isPresent()));
            Container first = replace.running().orElseThrow();
            clock.set("2026-03-29T00:00:05Z");
            until(skip, "23:00 RUNNING", "00:00 SKIPPED");
            until(replace, "23:00 KILLED", "00:00 RUNNING");
            assertEquals(Container.State.REMOVED, first.state());
            until(queue, "23:00 RUNNING");
            Files.createFile(control.resolve("go"));
            until(queue, "23:00 ENDED", "00:00 ENDED");
            List<Run> runs = queue.history();
            assertFalse(runs.get(1).started().isBefore(runs.get(0).ended()));
            queue.runNow();
            until(queue, "23:00 ENDED", "00:00 ENDED", "00:00 ENDED");
        }
    }

    @Test
    void whatWasMissed() {
        try (ScheduledContainer skip = engine.schedule(tiny().command(observer("true")).spec(), hourly().missed(Missed.SKIP));
                ScheduledContainer once = engine.schedule(tiny().command(observer("true")).spec(), hourly());
                ScheduledContainer all = engine.schedule(tiny().command(observer("true")).spec(), hourly().missed(Missed.ALL))) {
            clock.set("2026-03-29T01:30:00Z");
            until(skip, "23:00 MISSED", "00:00 MISSED", "01:00 MISSED");
            until(once, "23:00 MISSED", "00:00 MISSED", "01:00 ENDED");
            until(all, "23:00 ENDED", "00:00 ENDED", "01:00 ENDED");
            clock.set("2026-03-28T22:00:00Z");
            eventually("a clock that is set back is followed", PATIENCE, () -> once.next().orElseThrow().equals(Instant.parse("2026-03-28T23:00:00Z")));
        }
    }

    @Test
    void aStampRemembersAcrossEngines() throws Exception {
        Path stamp = directory.resolve("stamp");
        Schedule remembered = hourly().stamp(stamp);
        engine.schedule(tiny().command(observer("true")).spec(), remembered).close();
        clock.set("2026-03-28T23:30:00Z");
        try (ScheduledContainer schedule = engine.schedule(tiny().command(observer("true")).spec(), remembered)) {
            until(schedule, "23:00 ENDED");
        }
        try (ScheduledContainer schedule = engine.schedule(tiny().command(observer("true")).spec(), remembered)) {
            pause(400);
            assertEquals(List.of(), schedule.history(), "once is enough");
        }
        Files.writeString(stamp, "nonsense");
        assertTrue(assertThrows(InvalidSpec.class, () -> engine.schedule(tiny().command(observer("true")).spec(), remembered)).getMessage().contains("stamp("));
    }

    @Test
    void whatFailsIsWrittenDownAndTheNextIsTried() {
        try (ScheduledContainer schedule = engine.schedule(tiny().command("/nothing").spec(), hourly())) {
            clock.set("2026-03-28T23:00:00Z");
            until(schedule, "23:00 FAILED");
            assertTrue(schedule.history().get(0).failure().contains("'/nothing' was not found"), schedule.history()::toString);
            clock.set("2026-03-29T00:00:00Z");
            until(schedule, "23:00 FAILED", "00:00 FAILED");
        }
    }

    @Test
    void theEnd() {
        ScheduledContainer schedule = engine.schedule(tiny().command(observer("sleep", "60")).spec(), Schedule.every(Duration.ofSeconds(1)));
        eventually("it runs", PATIENCE, () -> schedule.running().isPresent());
        schedule.close();
        schedule.close();
        assertEquals(Outcome.KILLED, schedule.history().get(0).outcome());
        assertTrue(schedule.next().isEmpty() && schedule.running().isEmpty());
        assertThrows(EngineProblem.class, schedule::runNow);
        ScheduledContainer other = engine.schedule(tiny().command(observer("sleep", "60")).spec(), Schedule.every(Duration.ofSeconds(1)));
        eventually("it runs", PATIENCE, () -> other.running().isPresent());
        engine.close();
        assertEquals(Outcome.KILLED, other.history().get(0).outcome());
        assertTrue(other.next().isEmpty());
    }

    @Test
    void whatCannotBeRunAgainIsRefused() {
        assertTrue(assertThrows(InvalidSpec.class, () -> engine.schedule(tiny().command("/x").detached().spec(), hourly())).getMessage().contains("detached()"));
        assertTrue(assertThrows(InvalidSpec.class, () -> engine.schedule(tiny().command("/x").stdin(InputStream.nullInputStream()).spec(), hourly())).getMessage().contains("stdin(InputStream)"));
    }
}
