package dev.caisson.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SamplesTest {
    @Test
    void quantilesAreNearestRank() {
        Samples samples = new Samples();
        for (long i = 10; i >= 1; i--) {
            samples.add(i * 1_000_000);
        }
        assertEquals(5, samples.medianMillis());
        assertEquals(9, samples.p90Millis());
        assertEquals(10, samples.millis(1));
    }

    @Test
    void nothingMeasuredIsNotZero() {
        assertTrue(Double.isNaN(new Samples().medianMillis()));
    }

    @Property
    void theMedianHasHalfOfTheSamplesOnEachSide(@ForAll @Size(min = 1, max = 600) List<@LongRange(min = 0, max = 3_600_000_000_000L) Long> values) {
        Samples samples = new Samples();
        for (long value : values) {
            samples.add(value);
        }
        double median = samples.medianMillis() * 1e6;
        long below = values.stream().filter(v -> v < median - 0.5).count();
        long above = values.stream().filter(v -> v > median + 0.5).count();
        assertTrue(2 * below <= values.size() && 2 * above <= values.size(), () -> below + " below, " + above + " above " + median);
    }

    @Test
    void theRatioIsThatOfNeighbours() {
        Samples slower = new Samples();
        Samples other = new Samples();
        for (long value : new long[] {10, 1_000, 7}) { // one round was disturbed, and met both
            slower.add(3 * value);
            other.add(2 * value);
        }
        assertEquals(1.5, slower.medianRatioTo(other), 1e-6);
    }

    @Test
    void thePlotEscapesNames() {
        Samples samples = new Samples();
        samples.add(2_000_000);
        String svg = Plot.svg("a & b", Map.of("x<y", samples));
        assertTrue(svg.contains("a &amp; b") && svg.contains("x&lt;y") && !svg.contains("NaN"), svg);
    }
}
