package dev.caisson.testkit.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KillPointsTest {
    @Test
    void countsArePerThread() {
        assertEquals(List.of(new KillPoint("clone", 1), new KillPoint("write", 1), new KillPoint("write", 2)), KillPoints.ofTrace(List.of(
                "1 write(1, \"a\", 1) = 1", "2 write(1, \"a\", 1) = 1", "1 write(1 <unfinished ...>", "2 clone(0) = 3", "1 <... write resumed>, \"b\", 1) = 1", "3 +++ exited with 0 +++")));
    }

    @Property(tries = 200)
    void aSampleIsThatLargeAndOfEveryKind(@ForAll @IntRange(min = 1, max = 40) int most, @ForAll @IntRange(min = 1, max = 60) int writes, @ForAll long seed) {
        List<KillPoint> points = new ArrayList<>(List.of(new KillPoint("pivot_root", 1)));
        for (int i = 1; i <= writes; i++) {
            points.add(new KillPoint("write", i));
        }
        List<KillPoint> sample = KillPoints.sample(points, most, new Random(seed));
        assertEquals(Math.min(most, points.size()), sample.size());
        assertEquals(sample.size(), new HashSet<>(sample).size());
        assertTrue(sample.contains(points.get(0)));
    }

    @Test
    void aPointIsWhatStraceUnderstands() {
        assertEquals("inject=mount:signal=KILL:when=2", new KillPoint("mount", 2).injection());
        assertThrows(IllegalArgumentException.class, () -> new KillPoint("mount,write", 2));
        assertThrows(IllegalArgumentException.class, () -> new KillPoint("mount", 0));
    }
}
