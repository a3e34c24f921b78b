package dev.caisson.spi;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go and docker write them: {@code 300ms}, {@code 1m30s}, {@code 1.5h}. */
public final class Durations {
    /** Both of Unicode's signs for micro are units of Go's: U+00B5 and U+03BC. */
    private static final Pattern PART = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(ns|us|µs|μs|ms|s|m|h)");

    private Durations() {}

    /**
     * The duration of a text; fractions of a nanosecond are cut off.
     *
     * @param text such as {@code 1m30s}, or {@code 0}; spaces around it do not matter
     * @return not negative
     * @throws IllegalArgumentException if it is not a sequence of numbers with units ns, us, ms, s, m, h
     * @throws IllegalArgumentException if it is not a sequence of numbers with units ns, us, ms, s, m, h, or is longer than 292 years
     */
    public static Duration parse(String text) {
        String t = text.strip();
        if (t.equals("0")) {
            return Duration.ZERO;
        }
        Matcher part = PART.matcher(t);
        java.math.BigDecimal nanos = java.math.BigDecimal.ZERO;
        int at = 0;
        while (at < t.length() && part.find(at) && part.start() == at) {
            nanos = nanos.add(new java.math.BigDecimal(part.group(1)).multiply(java.math.BigDecimal.valueOf(unit(part.group(2)))));
            at = part.end();
        }
        if (t.isEmpty() || at < t.length() || nanos.compareTo(java.math.BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("'" + text + "' is not a duration; write numbers with ns, us, ms, s, m or h, such as 1m30s");
        }
        return Duration.ofNanos(nanos.longValue());
    }

    private static long unit(String name) {
        return switch (name) {
            case "ns" -> 1L;
            case "us", "µs", "μs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
    }
}
