package dev.caisson;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a container is started, again and again: see {@link Engine#schedule}. Immutable; each method gives another one.
 *
 * <pre>{@code
 * ScheduledContainer backup = Containers.image("backup").spec().schedule(Schedule.cron("0 3 * * *").zone(ZoneId.of("Europe/Berlin")));
 * }</pre>
 */
public final class Schedule {
    /** What happens when one is due and the last one still runs. */
    public enum Overlap {
        /** The new one is left out. The default. */
        SKIP,
        /** The new one begins when the last one ends; 100 wait at most. */
        QUEUE,
        /** The last one is killed. */
        REPLACE
    }

    /** What happens to those that were due while nobody looked: the JVM was not there (see {@link #stamp}), or did not run. */
    public enum Missed {
        /** They are left out. */
        SKIP,
        /** One run stands for all of them. The default, as with systemd's {@code Persistent=true}. */
        ONCE,
        /** Each is run, one after another; the last 100 of them. */
        ALL
    }

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    /** Far from where the JDK's instants and the kernel's timers end. */
    private static final Duration LONGEST = Duration.ofDays(36_525);

    private final @Nullable Cron cron;
    private final @Nullable Duration interval;
    private final ZoneId zone;
    private final Overlap overlap;
    private final Missed missed;
    private final Clock clock;
    private final @Nullable Path stamp;

    private Schedule(@Nullable Cron cron, @Nullable Duration interval, ZoneId zone, Overlap overlap, Missed missed, Clock clock, @Nullable Path stamp) {
        this.cron = cron;
        this.interval = interval;
        this.zone = zone;
        this.overlap = overlap;
        this.missed = missed;
        this.clock = clock;
        this.stamp = stamp;
    }

    /**
     * By a cron expression of five fields: minute, hour, day of month, month, day of week, with names, ranges, steps and lists as crontab(5) has them, or {@code @hourly},
     * {@code @daily}, {@code @weekly}, {@code @monthly}, {@code @yearly}. In the JVM's time zone, unless {@link #zone} gives another. Where clocks change, a time of day comes once a
     * day all the same: what falls into the hour that is left out comes when that is over, what falls into the hour that comes twice comes in the first. Expressions whose hour begins
     * with {@code *} come whenever the clock shows them.
     *
     * @param expression such as {@code 0 3 * * *}
     * @return left out while the last one runs ({@link Overlap#SKIP}), and one run for all that were missed ({@link Missed#ONCE})
     * @throws InvalidSpec if it is none, or never comes
     */
    public static Schedule cron(String expression) {
        return new Schedule(Cron.parse(expression), null, ZoneId.systemDefault(), Overlap.SKIP, Missed.ONCE, Clock.systemUTC(), null);
    }

    /**
     * Every so often, counted from when it is scheduled; for the first time after one interval.
     *
     * @param interval from 1 s to 36,525 days, which are 100 years
     * @return as {@link #cron} in what was not said
     * @throws InvalidSpec if it is shorter or longer
     */
    public static Schedule every(Duration interval) {
        if (interval.compareTo(SHORTEST) < 0) {
            throw new InvalidSpec("every(" + interval + ")", "is shorter than 1 s", "");
        }
        if (interval.compareTo(LONGEST) > 0) {
            throw new InvalidSpec("every(" + interval + ")", "is longer than " + LONGEST.toDays() + " days", "schedule nothing that is never to come");
        }
        return new Schedule(null, interval, ZoneId.systemDefault(), Overlap.SKIP, Missed.ONCE, Clock.systemUTC(), null);
    }

    /**
     * Whose clock on the wall a cron expression is about.
     *
     * @param value the JVM's by default; intervals have no use for it
     * @return a copy
     */
    public Schedule zone(ZoneId value) {
        return new Schedule(cron, interval, value, overlap, missed, clock, stamp);
    }

    /**
     * What happens when the last one still runs.
     *
     * @param value {@link Overlap#SKIP} by default
     * @return a copy
     */
    public Schedule overlap(Overlap value) {
        return new Schedule(cron, interval, zone, value, missed, clock, stamp);
    }

    /**
     * What happens to those that were missed.
     *
     * @param value {@link Missed#ONCE} by default
     * @return a copy
     */
    public Schedule missed(Missed value) {
        return new Schedule(cron, interval, zone, overlap, value, clock, stamp);
    }

    /**
     * What time it is. Looked at four times a second.
     *
     * @param value the system's by default
     * @return a copy
     */
    public Schedule clock(Clock value) {
        return new Schedule(cron, interval, zone, overlap, missed, value, stamp);
    }

    /**
     * A file that remembers until when everything due was dealt with, so that what is due while no JVM runs is missed and not forgotten; default none.
     *
     * @param file taken from the working directory if it is relative
     * @return a copy
     */
    public Schedule stamp(Path file) {
        return new Schedule(cron, interval, zone, overlap, missed, clock, file.toAbsolutePath().normalize());
    }

    /** {@return what {@link #overlap(Overlap)} set} */
    public Overlap overlap() {
        return overlap;
    }

    /** {@return what {@link #missed(Missed)} set} */
    public Missed missed() {
        return missed;
    }

    /** {@return what {@link #clock(Clock)} set} */
    public Clock clock() {
        return clock;
    }

    /** {@return what {@link #stamp(Path)} set, absolute; empty if nothing did} */
    public Optional<Path> stamp() {
        return Optional.ofNullable(stamp);
    }

    /**
     * The first time after another.
     *
     * @param start when it was scheduled, from which intervals are counted
     * @param after not before {@code start}
     * @return empty only if a cron expression does not come within 41 years
     */
    public Optional<Instant> next(Instant start, Instant after) {
        if (cron != null) {
            return cron.next(after, zone);
        }
        Duration each = java.util.Objects.requireNonNull(interval);
        long passed = after.isBefore(start) ? 0 : Duration.between(start, after).dividedBy(each);
        return Optional.of(start.plus(each.multipliedBy(passed + 1)));
    }

    /**
     * As systemd units, {@code NAME.timer} and {@code NAME.service} (systemd.timer(5)), for hosts whose systemd shall start a program at these times, even when no JVM runs.
     * Both know no overlap policies: systemd leaves out a start while the service runs ({@link Overlap#SKIP}), so others are refused. Where clocks change, systemd has its own ways.
     *
     * @param name of the units
     * @param program with its arguments, absolute: a program that runs the container, such as {@code /usr/bin/java -jar backup.jar}
     * @return their texts; {@link SystemdTimer#write} makes files of them
     * @throws InvalidSpec if the name is none of a unit, or there is something that systemd has no words for
     */
    public SystemdTimer systemd(String name, String... program) {
        if (overlap != Overlap.SKIP) {
            throw new InvalidSpec("systemd(\"" + name + "\", …)", "cannot say overlap(" + overlap + "): systemd starts no service that runs", "use overlap(SKIP)");
        }
        if (missed == Missed.ALL) {
            throw new InvalidSpec("systemd(\"" + name + "\", …)", "cannot say missed(ALL): systemd runs one for all", "use missed(ONCE)");
        }
        List<String> when = cron != null ? SystemdTimer.calendar(cron, zone) : SystemdTimer.interval(java.util.Objects.requireNonNull(interval));
        return SystemdTimer.of(name, when, cron != null && missed == Missed.ONCE, toString(), List.of(program));
    }

    @Override
    public String toString() {
        return cron != null ? "cron " + cron + " " + zone : "every " + interval;
    }
}
