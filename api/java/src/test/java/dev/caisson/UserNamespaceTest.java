package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** The arithmetic of maps: what overlaps, overflows or hands over the host's root is refused. */
class UserNamespaceTest {
    private static final long LAST = 0xffff_fffeL;

    @Property
    void aRangeNeverLeavesThe32Bits(@ForAll @LongRange(min = -3, max = 0x1_0000_0003L) long inside, @ForAll @LongRange(min = -3, max = 0x1_0000_0003L) long outside,
            @ForAll @LongRange(min = -3, max = 0x1_0000_0003L) long size) {
        boolean fits = inside >= 0 && outside >= 0 && size > 0 && inside <= LAST && outside <= LAST && inside + size - 1 <= LAST && outside + size - 1 <= LAST;
        if (fits) {
            assertEquals(size, new Range(inside, outside, size).size());
        } else {
            assertThrows(InvalidSpec.class, () -> new Range(inside, outside, size));
        }
    }

    /** Row 67. Against the plain meaning: no number twice on either side. */
    @Property
    void overlapsAreFound(@ForAll @IntRange(min = 0, max = 12) int inside, @ForAll @IntRange(min = 1, max = 12) int outside, @ForAll @IntRange(min = 1, max = 6) int size) {
        Range first = new Range(0, 100, 4);
        Range other = new Range(inside, 95 + outside, size);
        boolean apart = inside >= 4 && (95 + outside >= 104 || 95 + outside + size <= 100);
        List<Range> both = List.of(other, first);
        if (apart) {
            Mapped mapped = new Mapped(both, List.of(first));
            LongStream.range(0, size).forEach(i -> assertEquals(95L + outside + i, mapped.user(inside + i)));
            assertEquals(-1, mapped.user(inside + size + 4L));
            assertEquals(103, mapped.group(3));
        } else {
            assertThrows(InvalidSpec.class, () -> new Mapped(both, List.of(first)));
            assertThrows(InvalidSpec.class, () -> new Mapped(List.of(first), both));
        }
    }

    @Test
    void theHostsRootIsNotGivenAwayAndRootInsideIsThere() {
        Range good = new Range(0, 100_000, 65_536);
        assertThrows(InvalidSpec.class, () -> UserNamespace.map(0, 10));
        assertThrows(InvalidSpec.class, () -> UserNamespace.map(List.of(good, new Range(70_000, 0, 1)), List.of(good)));
        assertThrows(InvalidSpec.class, () -> UserNamespace.map(List.of(new Range(1, 100_000, 10)), List.of(good)));
        assertThrows(InvalidSpec.class, () -> UserNamespace.map(List.of(), List.of(good)));
        List<Range> many = LongStream.range(0, 341).mapToObj(i -> new Range(i, 100_000 + 2 * i, 1)).toList();
        assertThrows(InvalidSpec.class, () -> UserNamespace.map(many, List.of(good)), "the kernel takes 340 lines");
        assertEquals(340, ((Mapped) UserNamespace.map(many.subList(0, 340), List.of(good))).users().size());
    }

    @Test
    void theHostsRootIsNotSmuggledInEither() {
        List<Range> roots = List.of(new Range(0, 0, 10));
        List<Range> good = List.of(new Range(0, 100_000, 10));
        for (Mapped maps : List.of(new Mapped(roots, good), new Mapped(good, roots))) {
            InvalidSpec e = assertThrows(InvalidSpec.class, () -> IdleEngine.image().userns(maps).spec());
            assertTrue(e.getMessage().contains("the host's root"), e.getMessage());
        }
    }

    @Test
    void whoIsKept() {
        assertEquals(new UserNamespace.KeepId(-1, -1, 33, 44), UserNamespace.keepId(33, 44));
        assertEquals(new UserNamespace.KeepId(1000, 1001, 33, 44), UserNamespace.keepId().of(1000, 1001).as(33, 44));
        assertThrows(InvalidSpec.class, () -> UserNamespace.keepId().of(0, 1000));
        assertThrows(InvalidSpec.class, () -> UserNamespace.keepId().of(1000, 0));
        assertThrows(InvalidSpec.class, () -> UserNamespace.keepId(LAST + 1, 0));
        assertThrows(InvalidSpec.class, () -> UserNamespace.keepId(-2, 0));
        ContainerBuilder kept = IdleEngine.image().userns(UserNamespace.keepId().of(1000, 1000));
        assertTrue(kept.spec().explain().contains("USER 1000 OF THE HOST, who has the same number inside"), kept.spec().explain());
        assertTrue(IdleEngine.image().userns(UserNamespace.keepId(33, 33)).spec().explain().contains("THE USER WHO RUNS THE JVM, who has number 33 inside"));
        InvalidSpec e = assertThrows(InvalidSpec.class, kept.sandbox()::spec);
        assertTrue(e.getMessage().contains("userns(keepId())"), e.getMessage());
        assertEquals(UserNamespace.keepId(), IdleEngine.image().userns(UserNamespace.keepId()).networkHost().tty().spec().security().users(), "what an ordinary user may");
        assertThrows(InvalidSpec.class, IdleEngine.image().userns(UserNamespace.keepId()).privileged()::spec);
    }

    @Test
    void whatCannotGoWithItIsRefusedByName() {
        ContainerBuilder all = IdleEngine.image().userns(UserNamespace.auto()).privileged().networkHost().device("/dev/fuse");
        InvalidSpec e = assertThrows(InvalidSpec.class, all::spec);
        assertTrue(e.problems().stream().filter(p -> p.field().equals("userns(…)")).count() == 3, e.getMessage());
        assertThrows(InvalidSpec.class, () -> IdleEngine.rootfs().writable().userns(UserNamespace.auto()).spec());
        assertEquals(UserNamespace.auto(), IdleEngine.hostRoot().hide(Path.of("/root")).userns(UserNamespace.auto()).spec().security().users());
    }
}
