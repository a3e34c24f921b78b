package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cron expressions against a clock that is looked at every minute. */
class CronTest {
    /** By law an hour, half an hour, two hours, at midnight, just after it, a whole day, and none. */
    private static final List<String> ZONES = List.of("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "America/Sao_Paulo", "Asia/Beirut",
            "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "UTC");
    private static final int HORIZON_MINUTES = 50 * 60;

    /** A field as text, and by itself what it means. */
    record Field(String text, Set<Integer> numbers) {
        boolean star() {
            return text.startsWith("*");
        }
    }

    record Expression(Field minute, Field hour, Field day, Field month, Field weekday) {
        String text() {
            return String.join(" ", minute.text, hour.text, day.text, month.text, weekday.text);
        }

        private boolean day(LocalDateTime t) {
            boolean one = day.numbers.contains(t.getDayOfMonth());
            boolean other = weekday.numbers.contains(t.getDayOfWeek().getValue() % 7);
            return month.numbers.contains(t.getMonthValue()) && (day.star() || weekday.star() ? one && other : one || other);
        }

        boolean matches(LocalDateTime t) {
            return minute.numbers.contains(t.getMinute()) && hour.numbers.contains(t.getHour()) && day(t);
        }

        /** Whether it comes at this instant, by looking at the clock. */
        boolean comes(Instant instant, ZoneRules rules) {
            LocalDateTime wall = LocalDateTime.ofInstant(instant, rules.getOffset(instant));
            if (hour.star()) {
                return matches(wall);
            }
            ZoneOffsetTransition change = rules.previousTransition(instant.plusSeconds(1));
            if (change != null && change.isGap() && change.getInstant().equals(instant)) {
                for (LocalDateTime left = change.getDateTimeBefore(); left.isBefore(change.getDateTimeAfter()); left = left.plusMinutes(1)) {
                    if (matches(left)) {
                        return true;
                    }
                }
            }
            List<ZoneOffset> offsets = rules.getValidOffsets(wall);
            return matches(wall) && rules.getOffset(instant).equals(offsets.get(0));
        }
    }

    private static Arbitrary<Field> field(int first, int last, int all) {
        Arbitrary<Integer> number = Arbitraries.integers().between(first, last);
        Arbitrary<Field> one = number.map(n -> new Field(Integer.toString(n), Set.of(n % (last == 7 ? 7 : 100))));
        Arbitrary<Field> range = Combinators.combine(number, number, Arbitraries.integers().between(1, 9)).as((a, b, step) -> {
            Set<Integer> numbers = new TreeSet<>();
            for (int n = Math.min(a, b); n <= Math.max(a, b); n += step) {
                numbers.add(last == 7 ? n % 7 : n);
            }
            return new Field(Math.min(a, b) + "-" + Math.max(a, b) + (step == 1 ? "" : "/" + step), numbers);
        });
        Arbitrary<Field> star = Arbitraries.integers().between(1, 7).map(step -> {
            Set<Integer> numbers = new TreeSet<>();
            for (int n = first; n < first + all; n += step) {
                numbers.add(n);
            }
            return new Field(step == 1 ? "*" : "*/" + step, numbers);
        });
        Arbitrary<Field> list = one.list().ofMinSize(2).ofMaxSize(4).map(parts -> {
            Set<Integer> numbers = new TreeSet<>();
            parts.forEach(p -> numbers.addAll(p.numbers));
            return new Field(String.join(",", parts.stream().map(Field::text).toList()), numbers);
        });
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(4, star), net.jqwik.api.Tuple.of(2, range), net.jqwik.api.Tuple.of(1, one), net.jqwik.api.Tuple.of(1, list));
    }

    @Provide
    Arbitrary<Expression> expressions() {
        Arbitrary<Field> any = Arbitraries.just(new Field("*", range(1, 12)));
        Arbitrary<Field> anyDay = Arbitraries.just(new Field("*", range(1, 31)));
        Arbitrary<Field> anyWeekday = Arbitraries.just(new Field("*", range(0, 6)));
        return Combinators.combine(field(0, 59, 60), field(0, 23, 24), Arbitraries.oneOf(anyDay, field(1, 31, 31)), Arbitraries.oneOf(any, field(1, 12, 12)),
                Arbitraries.oneOf(anyWeekday, field(0, 7, 7))).as(Expression::new).filter(e -> e.day.star() || !e.weekday.star() || e.day.numbers.iterator().next() <= 29);
    }

    private static Set<Integer> range(int first, int last) {
        Set<Integer> all = new TreeSet<>();
        for (int n = first; n <= last; n++) {
            all.add(n);
        }
        return all;
    }

    /** Within a day and a half of a change of the clock, if the zone has any. */
    @Provide
    Arbitrary<Instant> instants() {
        return Combinators.combine(Arbitraries.longs().between(315_532_800L, 2_114_380_800L), Arbitraries.integers().between(-36 * 60, 60), Arbitraries.of(0, 0, 1, 59))
                .as((second, minutes, odd) -> Instant.ofEpochSecond(second).truncatedTo(ChronoUnit.MINUTES).plus(Duration.ofMinutes(minutes)).plusSeconds(odd));
    }

    @Property(tries = 1500)
    void theNextIsTheFirstThatTheClockShows(@ForAll("expressions") Expression expression, @ForAll("instants") Instant some, @ForAll int zoneIndex) {
        ZoneId zone = ZoneId.of(ZONES.get(Math.floorMod(zoneIndex, ZONES.size())));
        ZoneRules rules = zone.getRules();
        ZoneOffsetTransition change = rules.nextTransition(some);
        Instant after = change == null ? some : change.getInstant().plusSeconds(Duration.between(some.truncatedTo(ChronoUnit.DAYS), some).toSeconds() - 2 * 86_400 / 3);
        Cron cron = Cron.parse(expression.text());
        Optional<Instant> found = cron.next(after, zone);
        Instant end = after.plus(Duration.ofMinutes(HORIZON_MINUTES));
        Instant minute = after.truncatedTo(ChronoUnit.MINUTES).plusSeconds(60);
        for (; minute.isBefore(end); minute = minute.plusSeconds(60)) {
            if (expression.comes(minute, rules)) {
                assertEquals(Optional.of(minute), found, () -> expression.text() + " in " + zone + " after " + after.atZone(zone));
                return;
            }
        }
        assertTrue(found.isEmpty() || !found.get().isBefore(end), () -> expression.text() + " in " + zone + " after " + after.atZone(zone) + ": " + found + ", but the clock never shows it");
    }

    @Property(tries = 2000)
    void anyTextIsReadOrRefused(@ForAll("texts") String text) {
        try {
            Cron.parse(text).next(Instant.EPOCH, ZoneOffset.UTC);
        } catch (InvalidSpec e) {
            assertTrue(e.getMessage().contains("cron("), e.getMessage());
        }
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("0123456789*/-, @jansu\t").ofMaxLength(30);
    }

    @ParameterizedTest
    @CsvSource({
        "0 3 * * *,        2026-03-28T02:00:00Z, 2026-03-29T01:00:00Z",
        "30 2 * * *,       2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
        "30 2 * * *,       2026-10-24T12:00:00Z, 2026-10-25T00:30:00Z",
        "30 2 * * *,       2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
        "30 * * * *,       2026-10-25T00:30:00Z, 2026-10-25T01:30:00Z",
        "30 * * * *,       2026-03-29T00:30:00Z, 2026-03-29T01:30:00Z",
        "0 0 29 2 *,       2096-03-01T00:00:00Z, 2104-02-28T23:00:00Z",
        "0 12 13 * fri,    2026-02-13T11:00:00Z, 2026-02-20T11:00:00Z",
        "0 12 */13 * fri,  2026-02-13T11:00:00Z, 2026-02-27T11:00:00Z",
        "@monthly,         2026-01-31T22:59:59Z, 2026-01-31T23:00:00Z",
        "0 9 * JAN-mar 7,  2026-04-01T00:00:00Z, 2027-01-03T08:00:00Z",
    })
    void inBerlin(String expression, Instant after, Instant next) {
        assertEquals(Optional.of(next), Cron.parse(expression).next(after, ZoneId.of("Europe/Berlin")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "1/5 * * * *", "a * * * *",
        "1,,2 * * * *", "1-2-3 * * * *", "* * 30 2 *", "* * 31 4,6 *", "@never", "-1 * * * *", "99999999999 * * * *"})
    void whatIsNoneSaysWhy(String text) {
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> Schedule.cron(text));
        assertTrue(refused.getMessage().contains("cron(\"" + text + "\")"), refused.getMessage());
    }

    @Test
    void intervalsAreCountedFromTheirStart() {
        Schedule every = Schedule.every(Duration.ofMinutes(7));
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        assertEquals(Optional.of(start.plusSeconds(420)), every.next(start, start));
        assertEquals(Optional.of(start.plusSeconds(840)), every.next(start, start.plusSeconds(420)));
        assertEquals(Optional.of(start.plusSeconds(420)), every.next(start, start.plusSeconds(419)));
        assertThrows(InvalidSpec.class, () -> Schedule.every(Duration.ofMillis(999)));
    }
}
