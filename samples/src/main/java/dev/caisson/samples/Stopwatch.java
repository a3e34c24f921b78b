package dev.caisson.samples;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Times the steps of a program. */
final class Stopwatch {
    private record Lap(String step, long nanos) {}

    private final List<Lap> laps = new ArrayList<>();
    private long last = System.nanoTime();

    /** The step that ends now. */
    void lap(String step) {
        long now = System.nanoTime();
        laps.add(new Lap(step, now - last));
        last = now;
    }

    /** One line a step, in milliseconds. */
    void print(PrintStream out) {
        laps.forEach(lap -> out.printf("%10.1f ms  %s%n", lap.nanos() / 1e6, lap.step()));
    }
}
