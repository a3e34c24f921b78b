package dev.caisson;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Five fields of crontab(5) in a time zone. A day comes when both its day fields match; if neither begins with an asterisk, when either does.
 *
 * <p>Where clocks change: an expression whose hour does not begin with an asterisk means times of day, and each of them comes once a day. What falls into the hour that is left out
 * comes when that is over (all of it at once), what falls into the hour that comes twice comes in the first. One whose hour begins with an asterisk means "every so often",
 * and comes whenever the clock shows it.
 */
record Cron(String text, CronField minutes, CronField hours, CronField days, CronField months, CronField weekdays) {
    private static final Map<String, String> NAMED = Map.of("@hourly", "0 * * * *", "@daily", "0 0 * * *", "@midnight", "0 0 * * *", "@weekly", "0 0 * * 0", "@monthly",
            "0 0 1 * *", "@yearly", "0 0 1 1 *", "@annually", "0 0 1 1 *");
    /** 29 February on one weekday comes again within so many years, also where a century has no leap year. */
    private static final int YEARS = 41;

    /** @throws InvalidSpec saying what is wrong */
    static Cron parse(String text) {
        String[] fields = NAMED.getOrDefault(text.strip().toLowerCase(Locale.ROOT), text).strip().split("[ \t]+");
        String field = "cron(\"" + text.replace('\0', '?') + "\")";
        if (fields.length != 5) {
            throw new InvalidSpec(field, "has " + (text.isBlank() ? "no fields" : fields.length == 1 ? "1 field" : fields.length + " fields") + ", not 5: minute, hour, day of month, month, day of week",
                    "such as \"0 3 * * *\" for every day at 3:00, or one of " + String.join(", ", NAMED.keySet().stream().sorted().toList()));
        }
        try {
            Cron cron = new Cron(text, CronField.parse(CronField.Kind.MINUTE, fields[0]), CronField.parse(CronField.Kind.HOUR, fields[1]),
                    CronField.parse(CronField.Kind.DAY, fields[2]), CronField.parse(CronField.Kind.MONTH, fields[3]), CronField.parse(CronField.Kind.WEEKDAY, fields[4]));
            if (!cron.comes()) {
                throw new InvalidSpec(field, "never comes: none of its months has such a day", "");
            }
            return cron;
        } catch (IllegalArgumentException e) {
            throw new InvalidSpec(field, String.valueOf(e.getMessage()), "see crontab(5)");
        }
    }

    private boolean comes() {
        return either() || months.numbers().stream().anyMatch(m -> days.numbers().get(0) <= YearMonth.of(2024, m).lengthOfMonth());
    }

    /** {@return whether one of the two day fields is enough} */
    boolean either() {
        return !days.star() && !weekdays.star();
    }

    boolean on(LocalDate date) {
        boolean day = days.matches(date.getDayOfMonth());
        boolean weekday = weekdays.matches(date.getDayOfWeek().getValue() % 7);
        return months.matches(date.getMonthValue()) && (either() ? day || weekday : day && weekday);
    }

    /** {@return whether it means times of day, not "every so often"} */
    boolean timesOfDay() {
        return !hours.star();
    }

    /** The first time after this one; empty if there is none within the years that the calendar repeats itself in. */
    Optional<Instant> next(Instant after, ZoneId zone) {
        LocalDate start = after.atZone(zone).toLocalDate().minusDays(1); // yesterday's may come after today's where the clock goes back over midnight
        LocalDate end = start.plusYears(YEARS);
        for (LocalDate date = start; date.isBefore(end); date = date.plusDays(1)) {
            if (!months.matches(date.getMonthValue())) {
                date = date.withDayOfMonth(date.lengthOfMonth());
            } else if (on(date)) {
                Optional<Instant> found = earliest(date, after, zone.getRules());
                if (found.isPresent()) {
                    LocalDate next = date.plusDays(1); // the same the other way round
                    Optional<Instant> rival = on(next) ? earliest(next, after, zone.getRules()) : Optional.empty();
                    return rival.filter(r -> r.isBefore(found.get())).or(() -> found);
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Instant> earliest(LocalDate date, Instant after, ZoneRules rules) {
        Instant earliest = null;
        for (int hour : hours.numbers()) {
            for (int minute : minutes.numbers()) {
                for (Instant instant : instants(date.atTime(hour, minute), rules)) {
                    if (instant.isAfter(after) && (earliest == null || instant.isBefore(earliest))) {
                        earliest = instant;
                    }
                }
            }
        }
        return Optional.ofNullable(earliest);
    }

    /** When a clock on the wall shows this, as far as it counts. */
    private List<Instant> instants(LocalDateTime wall, ZoneRules rules) {
        List<ZoneOffset> offsets = rules.getValidOffsets(wall);
        if (offsets.size() == 1) {
            return List.of(wall.toInstant(offsets.get(0)));
        }
        ZoneOffsetTransition change = rules.getTransition(wall);
        if (offsets.isEmpty()) {
            return timesOfDay() ? List.of(change.getInstant()) : List.of();
        }
        Instant first = wall.toInstant(change.getOffsetBefore());
        return timesOfDay() ? List.of(first) : List.of(first, wall.toInstant(change.getOffsetAfter()));
    }

    @Override
    public String toString() {
        return text;
    }
}
