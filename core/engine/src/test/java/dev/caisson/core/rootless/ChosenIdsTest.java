package dev.caisson.core.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Row 67: who chooses among his own ids gets those and no others, however they lie. */
class ChosenIdsTest {
    /** Against the plain meaning: through the engine's user namespace it is the host's number that was chosen. */
    @Property
    void whoIsChosenIsWhoItIsOnTheHost(@ForAll @IntRange(max = 40) int outside, @ForAll @IntRange(min = 1, max = 40) int size,
            @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 1, max = 9) Integer> sizes, @ForAll @IntRange(max = 3) int gap) {
        List<Range> own = new ArrayList<>();
        long inside = 0;
        long host = 3;
        for (int each : sizes) {
            own.add(new Range(inside, host, each));
            inside += each;
            host += each + gap; // without a gap one range may be chosen over several
        }
        Mapped engines = new Mapped(own, own);
        Optional<List<Range>> ranges = ChosenIds.among(List.of(new Range(0, outside, size)), own);
        boolean all = true;
        for (long id = outside; id < outside + size; id++) {
            long each = id;
            all &= own.stream().anyMatch(o -> o.outside() <= each && each < o.outside() + o.size());
        }
        assertEquals(all, ranges.isPresent(), "all are his, or nothing");
        if (all) {
            Mapped map = new Mapped(ranges.get(), ranges.get());
            for (int i = 0; i < size + 3; i++) {
                assertEquals(i < size ? outside + i : -1, map.user(i) < 0 ? -1 : engines.user(map.user(i)), "number " + i + " of " + map + " in " + own);
            }
            assertTrue(map.users().stream().allMatch(r -> own.stream().anyMatch(o -> o.inside() <= r.outside() && r.outside() + r.size() <= o.inside() + o.size())), "no range spans two");
        }
    }

    @Test
    void himselfAndSomeOfTheOthers() {
        List<Range> own = List.of(new Range(0, 1000, 1), new Range(1, 100_000, 65_536));
        assertEquals("[0:1:1, 33:0:1, 100:101:50]",
                ChosenIds.among(List.of(new Range(0, 100_000, 1), new Range(33, 1000, 1), new Range(100, 100_100, 50)), own).orElseThrow().toString());
        assertEquals(Optional.empty(), ChosenIds.among(List.of(new Range(0, 100_000, 65_537)), own), "one too many");
        assertEquals(Optional.empty(), ChosenIds.among(List.of(new Range(0, 99_999, 1)), own));
    }
}
