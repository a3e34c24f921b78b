package dev.caisson.core.launch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.core.launch.LaunchPlan.Phase;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The bytes the guard reads. */
class LaunchPlanTest {
    private static LaunchPlan small() {
        LaunchPlan.Builder builder = new LaunchPlan.Builder().flags(LaunchPlan.WANT_RUNNING).cloneFlags(0x20020000L);
        int root = builder.received();
        int mount = builder.slot();
        return builder
                .add(Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/a"))).t(Op.strings(List.of("a", "")))) // the order of adding is free
                .add(Phase.PREPARE, Op.of(OpCode.CGROUP_MAKE).slot(LaunchPlan.SLOT_ENGINE + 2).s("c1").flags(OpFlags.INTO))
                .add(Phase.PREFIX, Op.of(OpCode.MKNOD).slot(mount).slot2(root).s("ä").args(0x21b6, 1, -1))
                .build();
    }

    private static String rows(ByteBuffer bytes) {
        byte[] all = new byte[bytes.remaining()];
        bytes.get(all);
        return IntStream.iterate(0, i -> i < all.length, i -> i + 8)
                .mapToObj(i -> HexFormat.of().formatHex(all, i, Math.min(all.length, i + 8))).collect(Collectors.joining("\n"));
    }

    @Test
    void golden() {
        assertEquals(String.join("\n",
                "43534e3104000000", "0b01000002000000", "0000022000000000", "0200000001000000", "0000000000000000", // magic version size flags clone slots fds first
                "5000000001000000", "8800000001000000", "c000000001000000", "f800000000000000", "f800000000000000", // PREPARE PREFIX CHILD REPORT UNDO
                "01000280ffff2000", "0000000000000000", "0000000000000000", "0000000000000000", // CGROUP_MAKE
                "f800000002000000", "fb00000000000000", "fc00000000000000",
                "2500010000000000", "b621000000000000", "0100000000000000", "ffffffffffffffff", // MKNOD
                "fd00000002000000", "0001000000000000", "0101000000000000",
                "3e00ffffffff0000", "0000000000000000", "0000000000000000", "0000000000000000", // EXEC
                "0201000003000000", "0601000003000000", "0a01000000000000",
                "6331000000c3a400", "00002f6100006100", "000000"), rows(small().encode()));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void readsBackAsItWasWritten(@ForAll("plans") LaunchPlan plan) {
        LaunchPlan again = EncodedPlan.read(plan.encode());
        for (Phase phase : Phase.values()) {
            assertEquals(plan.ops(phase), again.ops(phase));
        }
        assertEquals(List.of(plan.flags(), plan.cloneFlags(), plan.fds(), plan.first(), plan.slots()),
                List.of(again.flags(), again.cloneFlags(), again.fds(), again.first(), again.slots()));
        assertEquals(plan.toString(), again.toString());
        assertEquals(plan.encode(), LaunchPlan.decode(plan.encode()).encode());
        LaunchPlan other = plan.with(Phase.PREPARE, List.of(Op.of(OpCode.SETSID)));
        assertEquals(other.toString(), LaunchPlan.decode(other.encode()).toString());
        assertEquals(List.of(Op.of(OpCode.SETSID)), other.ops(Phase.PREPARE));
    }

    @Provide
    Arbitrary<LaunchPlan> plans() {
        Arbitrary<byte[]> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(20);
        Arbitrary<Op> plain = Combinators.combine(Arbitraries.of(OpCode.class), Arbitraries.integers().between(0, 0xffff), Arbitraries.integers().between(0, 0xffff),
                Arbitraries.integers().between(0, 0xffff), Arbitraries.longs(), Arbitraries.longs(), Arbitraries.longs())
                .as((code, slot, slot2, flags, a, b, c) -> Op.of(code).slot(slot).slot2(slot2).flags(flags).args(a, b, c));
        Arbitrary<Op> ops = Combinators.combine(plain, bytes, bytes, bytes).as((op, s, t, u) -> op.s(s).t(t).u(u));
        Arbitrary<List<Op>> list = ops.list().ofMaxSize(5);
        return Combinators.combine(Arbitraries.maps(Arbitraries.of(Phase.class), list), Arbitraries.integers().between(0, 3), Arbitraries.longs(),
                Arbitraries.integers().between(0, 3), Arbitraries.integers().between(0, 9), Arbitraries.integers().between(0, 9)).as((lists, flags, clone, first, fds, slots) -> {
                    LaunchPlan.Builder builder = new LaunchPlan.Builder().flags(flags).cloneFlags(clone);
                    IntStream.range(0, first).forEach(i -> builder.elsewhere());
                    IntStream.range(0, fds).forEach(i -> builder.received());
                    IntStream.range(0, slots).forEach(i -> builder.slot());
                    lists.forEach((phase, all) -> all.forEach(op -> builder.add(phase, op)));
                    return builder.build();
                });
    }

    @Test
    void receivedSlotsComeFirstAndAllAreCounted() {
        LaunchPlan.Builder builder = new LaunchPlan.Builder();
        assertEquals(List.of(0, 1, 2), List.of(builder.received(), builder.received(), builder.slot()));
        assertThrows(IllegalStateException.class, builder::received);
        assertThrows(IllegalStateException.class, builder::elsewhere);
        IntStream.range(3, LaunchPlan.MAX_SLOTS).forEach(i -> assertEquals(i, builder.slot()));
        assertThrows(IllegalStateException.class, builder::slot);
        assertEquals(LaunchPlan.MAX_SLOTS, builder.build().slots());
    }

    @Test
    void aBuiltPlanDoesNotChange() {
        LaunchPlan.Builder builder = new LaunchPlan.Builder().add(Phase.CHILD, Op.of(OpCode.SETSID));
        LaunchPlan plan = builder.build();
        builder.add(Phase.CHILD, Op.of(OpCode.SIGNALS));
        assertEquals(List.of(Op.of(OpCode.SETSID)), plan.ops(Phase.CHILD));
        assertEquals(List.of(), plan.ops(Phase.UNDO));
    }

    @Test
    void stringsEndWhereTheGuardThinksTheyEnd() {
        assertThrows(IllegalArgumentException.class, () -> Op.of(OpCode.MKDIR).s("a\0b"));
        assertThrows(IllegalArgumentException.class, () -> Op.strings(List.of("a", "\0")));
        assertArrayEquals(new byte[] {'a', 0, 0, 'b', 0}, Op.strings(List.of("a", "", "b")));
        assertArrayEquals(Op.NONE, Op.strings(List.of()));
    }

    /** What the guard is fuzzed from has no byte that belongs to nothing; what once broke a guard may be anything. */
    @Test
    void theFuzzCorpusIsReadByteForByte() throws Exception {
        int read = 0;
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/dev/caisson/core/guard/corpus"))) {
            for (Path file : files.filter(f -> !f.getFileName().toString().startsWith("broke-")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                assertEquals(ByteBuffer.wrap(bytes), EncodedPlan.read(ByteBuffer.wrap(bytes)).encode().rewind(), file::toString);
                read++;
            }
        }
        assertNotEquals(0, read);
    }

    @Test
    void aboutIsForPeopleOnly() {
        Op op = Op.of(OpCode.MKDIR).slot(1).s("x").about("what the user said");
        assertEquals(Op.of(OpCode.MKDIR).slot(1).s("x"), op);
        assertEquals(Op.of(OpCode.MKDIR).slot(1).s("x").hashCode(), op.hashCode());
        assertNotEquals(op, op.slot(2));
        assertNotEquals(op, op.u(new byte[] {1}));
    }

    @Test
    void asText() {
        assertEquals("MKNOD slot=1 slot2=engine+2 flags=3 0x21b6 0x1 0xffffffffffffffff 'a\\x0a\\xc3\\xa4\\0'",
                Op.of(OpCode.MKNOD).slot(1).slot2(LaunchPlan.SLOT_ENGINE + 2).flags(3).args(0x21b6, 1, -1)
                        .s(new byte[] {'a', '\n', (byte) 0xc3, (byte) 0xa4, 0}).toString());
        assertEquals("SECCOMP '" + "x".repeat(100) + "…200'", Op.of(OpCode.SECCOMP).s("x".repeat(200)).toString());
    }
}
