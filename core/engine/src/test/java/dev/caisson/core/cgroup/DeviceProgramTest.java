package dev.caisson.core.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Covers rows 41 and 48 of the attack table: the program, interpreted, says what the policy says. */
class DeviceProgramTest {
    @Property
    void theProgramIsThePolicy(@ForAll("rules") List<DeviceRule> rules, @ForAll("types") char type, @ForAll @IntRange(max = 3) int major,
            @ForAll @IntRange(max = 3) int minor, @ForAll @IntRange(min = 1, max = 7) int access) {
        DevicePolicy policy = new DevicePolicy(false, List.of()).with(rules);
        assertEquals(policy.allows(type, major, minor, access), run(policy, type, major, minor, access));
    }

    @Property
    void aPolicyAllowsWhatOneOfItsRulesAllows(@ForAll("rules") List<DeviceRule> rules, @ForAll("types") char type, @ForAll @IntRange(max = 3) int major,
            @ForAll @IntRange(max = 3) int minor, @ForAll @IntRange(min = 0, max = 2) int bit) {
        DevicePolicy policy = new DevicePolicy(false, List.of()).with(rules);
        assertEquals(rules.stream().anyMatch(r -> r.allows(type, major, minor, 1 << bit)), policy.allows(type, major, minor, 1 << bit));
    }

    @Test
    void theDefaultIsDockersAndRuncs() {
        DevicePolicy p = DevicePolicy.DEFAULT;
        assertTrue(run(p, 'c', 1, 3, DeviceRule.READ | DeviceRule.WRITE));
        assertTrue(run(p, 'c', 136, 77, DeviceRule.READ));
        assertTrue(run(p, 'b', 254, 0, DeviceRule.MKNOD));
        for (int[] forbidden : new int[][] {{1, 1}, {1, 11}, {10, 229}, {10, 232}, {4, 0}}) {
            assertEquals(false, run(p, 'c', forbidden[0], forbidden[1], DeviceRule.READ), forbidden[0] + ":" + forbidden[1]);
        }
        assertEquals(false, run(p, 'b', 254, 0, DeviceRule.READ));
        assertEquals(false, run(p, 'b', 1, 3, DeviceRule.READ));
        assertTrue(run(DevicePolicy.EVERYTHING, 'b', 254, 0, DeviceRule.RWM));
    }

    @Test
    void everythingIsRecognizedAndAHalfTypeAIsSplit() {
        assertEquals(DevicePolicy.EVERYTHING, DevicePolicy.DEFAULT.with(List.of(DeviceRule.parse("a *:* rwm"))));
        // In devices.allow any rule of type a means everything.
        assertEquals(List.of("c 7:* r", "b 7:* r"),
                new DevicePolicy(false, List.of()).with(List.of(DeviceRule.parse("a 7:* r"))).allowed().stream().map(DeviceRule::toString).toList());
    }

    @Test
    void rulesAreReadAsDockerWritesThem() {
        assertEquals("c 42:* rwm", DeviceRule.parse("c 42:* mwr").toString());
        for (String bad : new String[] {"", "c 42:*", "d 1:1 r", "c 1:1 x", "c -1:1 r", "c 1:1 r\n", "c 12345678:1 r"}) {
            assertThrows(IllegalArgumentException.class, () -> DeviceRule.parse(bad), bad);
        }
    }

    @Provide
    Arbitrary<List<DeviceRule>> rules() {
        Arbitrary<Integer> number = Arbitraries.integers().between(-1, 3);
        return Combinators.combine(Arbitraries.of('a', 'b', 'c'), number, number, Arbitraries.integers().between(1, 7))
                .as(DeviceRule::new).list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<Character> types() {
        return Arbitraries.of('b', 'c');
    }

    /** An interpreter of the instructions the compiler uses; falls out of the program or into an unknown one with an exception. */
    private static boolean run(DevicePolicy policy, char type, int major, int minor, int access) {
        ByteBuffer code = ByteBuffer.wrap(DeviceProgram.compile(policy)).order(ByteOrder.nativeOrder());
        ByteBuffer context = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder()).putInt(access << 16 | (type == 'b' ? 1 : 2)).putInt(major).putInt(minor);
        long[] register = new long[11];
        List<Integer> path = new ArrayList<>();
        for (int at = 0; ; at++) {
            path.add(at);
            assertTrue(path.size() < 1000, "no end: " + path);
            int destination = code.get(at * 8 + 1) & 15;
            int source = (code.get(at * 8 + 1) & 0xf0) >> 4;
            int offset = code.getShort(at * 8 + 2);
            int number = code.getInt(at * 8 + 4);
            switch (code.get(at * 8) & 0xff) {
                case 0x61: register[destination] = context.getInt(offset) & 0xffffffffL; break;
                case 0xbc: register[destination] = register[source]; break;
                case 0xb4: register[destination] = number; break;
                case 0x54: register[destination] &= number; break;
                case 0x74: register[destination] >>>= number; break;
                case 0x55: at += register[destination] != number ? offset : 0; break;
                case 0x95: return register[0] == 1;
                default: throw new AssertionError("unknown instruction at " + at);
            }
        }
    }
}
