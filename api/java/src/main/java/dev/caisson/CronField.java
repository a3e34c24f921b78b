package dev.caisson;

import java.util.List;
import java.util.Locale;

/**
 * One field of a cron expression: numbers, names, ranges, steps and lists of them (crontab(5)).
 *
 * @param bits a bit for each number that matches
 * @param star whether it begins with an asterisk, so that it does not restrict
 */
record CronField(long bits, boolean star) {
    /** What a field may hold. */
    enum Kind {
        MINUTE("minute", 0, 59, List.of()), HOUR("hour", 0, 23, List.of()), DAY("day of month", 1, 31, List.of()),
        MONTH("month", 1, 12, List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
        /** 7 is Sunday too. */
        WEEKDAY("day of week", 0, 7, List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat"));

        private final String text;
        private final int first;
        private final int last;
        private final List<String> names;

        Kind(String text, int first, int last, List<String> names) {
            this.text = text;
            this.first = first;
            this.last = last;
            this.names = names;
        }

        private int number(String word) {
            int name = names.indexOf(word.toLowerCase(Locale.ROOT));
            if (name >= 0) {
                return name + first;
            }
            if (!word.matches("[0-9]{1,4}")) {
                throw new IllegalArgumentException("has '" + word + "' as " + text + ", which is " + (names.isEmpty() ? "no number" : "neither a number nor one of " + String.join(", ", names)));
            }
            int number = Integer.parseInt(word);
            if (number < first || number > last) {
                throw new IllegalArgumentException("has " + number + " as " + text + ", which is not between " + first + " and " + last);
            }
            return number;
        }
    }

    static CronField parse(Kind kind, String text) {
        long bits = 0;
        for (String part : text.split(",", -1)) {
            String[] step = part.split("/", -1);
            if (step.length > 2 || step[0].isEmpty()) {
                throw new IllegalArgumentException("has '" + part + "' as " + kind.text + ", which is not a number, a range, or one of these with a step");
            }
            int first;
            int last;
            if (step[0].equals("*")) {
                first = kind.first;
                last = kind == Kind.WEEKDAY ? 6 : kind.last; // Sunday once
            } else {
                String[] range = step[0].split("-", -1);
                first = kind.number(range[0]);
                last = range.length == 2 ? kind.number(range[1]) : first;
                if (range.length > 2 || last < first || range.length == 1 && step.length == 2) {
                    throw new IllegalArgumentException("has '" + part + "' as " + kind.text + ", which is not a range from low to high");
                }
            }
            int width = step.length == 2 ? width(kind, step[1]) : 1;
            for (int number = first; number <= last; number += width) {
                bits |= 1L << (kind == Kind.WEEKDAY ? number % 7 : number);
            }
        }
        return new CronField(bits, text.startsWith("*"));
    }

    private static int width(Kind kind, String text) {
        if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) == 0) {
            throw new IllegalArgumentException("has the step '" + text + "' as " + kind.text + ", which is not a positive number");
        }
        return Integer.parseInt(text);
    }

    boolean matches(int number) {
        return (bits >>> number & 1) != 0;
    }

    /** {@return the numbers in order} */
    List<Integer> numbers() {
        return java.util.stream.IntStream.range(0, 64).filter(this::matches).boxed().toList();
    }
}
