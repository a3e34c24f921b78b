package dev.caisson.core.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Row 67: the map that keeps one id is what podman's keep-id is, whatever the number and however the other ids lie. */
class KeptIdTest {
    private static final long KEPT = 7;

    private static Mapped mapped(long inside, List<Range> others) {
        List<Range> ranges = KeptId.among(KEPT, inside, others);
        return new Mapped(ranges, ranges);
    }

    /** Against the plain meaning: write the others down in a row, and put the kept one in its place. */
    @Property
    void theKeptOneHasItsNumberAndTheOthersTheRest(@ForAll @IntRange(max = 60) int inside, @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 1, max = 9) Integer> sizes) {
        List<Range> others = new ArrayList<>();
        List<Long> row = new ArrayList<>();
        for (int size : sizes) {
            long first = 100 + 20L * others.size();
            others.add(new Range(first, first, size));
            for (int i = 0; i < size; i++) {
                row.add(first + i);
            }
        }
        int count = row.size();
        if (inside <= count) {
            row.add(inside, KEPT);
        }
        Mapped map = mapped(inside, others);
        for (int i = 0; i <= 70; i++) {
            long expected = i == inside ? KEPT : i < row.size() ? row.get(i) : -1;
            assertEquals(expected, map.user(i), "number " + i + " of " + map);
        }
        assertEquals(count + 1L, map.users().stream().mapToLong(Range::size).sum(), "nobody is lost and nobody twice");
        assertTrue(map.users().stream().allMatch(r -> r.outside() == KEPT || others.stream().anyMatch(o -> o.outside() <= r.outside() && r.outside() + r.size() <= o.outside() + o.size())),
                "no range spans two");
    }

    @Test
    void podmansExamples() {
        List<Range> subordinate = List.of(new Range(1, 100_000, 65_536));
        assertEquals("[0:100000:1000, 1000:7:1, 1001:101000:64536]", mapped(1000, subordinate).users().toString());
        assertEquals("[0:7:1, 1:100000:65536]", KeptId.among(7, 0, subordinate).toString());
        assertEquals("[0:100000:65536, 65536:7:1]", mapped(65_536, subordinate).users().toString());
        assertEquals("[0:100000:65536, 3000000:7:1]", mapped(3_000_000, subordinate).users().toString());
    }

    @Test
    void overlapsAndOverflowsAreRefused() {
        assertThrows(InvalidSpec.class, () -> mapped(3, List.of(new Range(0, 5, 10))), "the kept one is one of the others");
        assertThrows(InvalidSpec.class, () -> KeptId.among(KEPT, 0xffff_ffffL, List.of(new Range(0, 100, 10))));
        assertThrows(InvalidSpec.class, () -> mapped(5, List.of()), "nobody is root");
        assertThrows(InvalidSpec.class, () -> KeptId.among(0x1_0000_0000L, 5, List.of(new Range(0, 100, 10))));
    }
}
