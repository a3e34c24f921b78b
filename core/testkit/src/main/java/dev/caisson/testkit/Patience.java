package dev.caisson.testkit;

import java.time.Duration;
import java.util.List;

/**
 * How long tests wait for what must come. Where processors are emulated all takes many times as long, and whoever runs tests there says how many: {@code -Dcaisson.patience=6}.
 * The least of what is waited for is never changed by it, only when a test gives up.
 */
public final class Patience {
    private static final int FACTOR = Math.max(1, Integer.getInteger("caisson.patience", 1));

    private Patience() {}

    /** @param usual on processors that are there */
    public static Duration of(Duration usual) {
        return usual.multipliedBy(FACTOR);
    }

    /** What a JVM is given that a test starts: where processors are emulated, the second compiler costs more than it gives. */
    public static List<String> jvm() {
        return FACTOR == 1 ? List.of() : List.of("-XX:TieredStopAtLevel=1", "-Dcaisson.patience=" + FACTOR);
    }

    /** The same of a number of whatever unit. */
    public static long of(long usual) {
        return usual * FACTOR;
    }
}
