package dev.caisson.core.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.EngineProblem;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RecordedIdsTest {
    private static Mapped maps(long first, long size) {
        List<Range> ranges = List.of(new Range(0, 1000, 1), new Range(1, first, size));
        return new Mapped(ranges, ranges);
    }

    private static IdMaps ids(long first, long size) {
        return new IdMaps(maps(first, size), true, "", "usermod …");
    }

    @Property
    void whatIsWrittenIsRead(@ForAll @IntRange(min = 2000, max = 1_000_000) int first, @ForAll @IntRange(min = 1, max = 65_536) int size) {
        assertEquals(Optional.of(maps(first, size)), RecordedIds.parse(RecordedIds.text(maps(first, size))));
    }

    @Property
    void anyTextIsReadOrNot(@ForAll String text) {
        RecordedIds.parse(text).ifPresent(maps -> assertEquals(text.strip(), RecordedIds.text(maps).strip()));
    }

    @Example
    void whatIsOutOfRangeIsNotRead() {
        for (String text : List.of("", "u 0 1000 1\n", "u 0 1000 1\ng 0 1000 0\n", "u 0 1000 1\ng 0 4294967290 9\n", "u 0 1000 1\nu 0 5 1\ng 0 1000 1\n", "x 0 1000 1\ng 0 1000 1\n")) {
            assertEquals(Optional.empty(), RecordedIds.parse(text), text);
        }
    }

    /** By trying each id. */
    @Property
    void aMapCoversAnotherIfEachIdMeansTheSame(@ForAll @IntRange(min = 2000, max = 2004) int first, @ForAll @IntRange(min = 1, max = 9) int size, @ForAll @IntRange(min = 2000, max = 2004) int was,
            @ForAll @IntRange(min = 1, max = 9) int had) {
        Mapped now = maps(first, size);
        Mapped then = maps(was, had);
        boolean same = true;
        for (long inside = 0; inside <= had; inside++) {
            same &= now.user(inside) == then.user(inside);
        }
        assertEquals(same, RecordedIds.covers(now, then));
    }

    @Example
    void twoRangesInAnotherPlaceAreOne() {
        List<Range> split = List.of(new Range(0, 1000, 1), new Range(1, 2000, 5), new Range(6, 2005, 5));
        assertTrue(RecordedIds.covers(new Mapped(split, split), maps(2000, 10)));
        assertTrue(RecordedIds.covers(maps(2000, 10), new Mapped(split, split)));
        assertFalse(RecordedIds.covers(new Mapped(split, split), maps(2000, 11)));
    }

    @Example
    void filesOfIdsThatHeHasNoMoreAreRefusedAndNothingElse() throws IOException {
        Path root = Files.createTempDirectory("caisson-ids-");
        try {
            IdMaps alone = IdMaps.alone(1000, 1000, "there is no range", "give one");
            RecordedIds.require(root, alone, "me");
            assertFalse(Files.exists(root.resolve("ids")), "his own files stay his");
            RecordedIds.require(root, ids(2000, 10), "me");
            RecordedIds.require(root, ids(3000, 10), "me"); // there are no files yet
            Path layer = Files.createDirectories(root.resolve("layers/overlay2").resolve("0".repeat(64)));
            RecordedIds.require(root, ids(3000, 20), "me"); // it has grown
            for (IdMaps other : List.of(alone, ids(2000, 10), ids(3000, 10))) {
                EngineProblem refused = assertThrows(EngineProblem.class, () -> RecordedIds.require(root, other, "me"));
                assertTrue(refused.what().contains("'me:3000:20' in /etc/subuid") && refused.remedy().contains("rm -rf " + root), refused.getMessage());
                assertEquals(other == alone, refused.what().contains("there is no range") && refused.remedy().contains("newuidmap"), refused.getMessage());
            }
            Files.delete(layer);
            RecordedIds.require(root, alone, "me");
            Files.createDirectories(root.resolve("volumes/v"));
            assertThrows(EngineProblem.class, () -> RecordedIds.require(root, alone, "me"));
        } finally {
            try (var all = Files.walk(root)) {
                all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
    }
}
