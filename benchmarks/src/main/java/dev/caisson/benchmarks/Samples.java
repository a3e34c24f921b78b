package dev.caisson.benchmarks;

import java.util.Arrays;

/** Durations of one thing, in nanoseconds. */
final class Samples {
    private long[] values = new long[256];
    private int count;

    void add(long nanos) {
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = nanos;
    }

    /** Forgets all, as after a warm-up. */
    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    double medianMillis() {
        return millis(0.5);
    }

    double p90Millis() {
        return millis(0.9);
    }

    /** The median of the quotients of samples taken one right after the other, which a slow disturbance of the machine meets alike. NaN without samples. */
    double medianRatioTo(Samples other) {
        Samples quotients = new Samples();
        for (int i = 0; i < Math.min(count, other.count); i++) {
            quotients.add(values[i] * 1_000_000 / other.values[i]);
        }
        return quotients.medianMillis();
    }

    /** The value below which a share of the samples lies (nearest rank), in milliseconds; NaN without samples. */
    double millis(double quantile) {
        if (count == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(quantile * count) - 1)] / 1e6;
    }
}
