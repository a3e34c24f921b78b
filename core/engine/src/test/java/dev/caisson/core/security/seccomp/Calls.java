package dev.caisson.core.security.seccomp;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** System calls to try on a filter: every number that could matter, with every argument at which a condition may change its mind. */
final class Calls {
    /** Numbers of the tables, holes among them, what lies above, x32, arm's private calls, and the far end. */
    static final List<Integer> NUMBERS = numbers();

    private Calls() {}

    private static List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        IntStream.rangeClosed(0, 600).forEach(numbers::add);
        numbers.addAll(List.of(1024, 9999, 0xEFFFF, 0x3fffffff, 0x40000000, 0x40000001, 0x40000000 + 435, 0x7fffffff, 0x80000000, -2, -1));
        IntStream.rangeClosed(0xF0000, 0xF0008).forEach(numbers::add);
        return numbers;
    }

    /** Each value of the profile's conditions on the calls of a number, its neighbours, and the same with a bit in the upper half. */
    static List<long[]> arguments(SeccompProfile profile) {
        Set<Long> values = new LinkedHashSet<>(List.of(0L, 1L, -1L, 0xffffffffL, 0x100000000L, 0x7fffffffL, 0x80000000L));
        profile.rules().stream().flatMap(rule -> rule.conditions().stream()).forEach(c -> {
            for (long value : new long[] {c.value(), c.valueTwo(), ~c.value(), c.value() | c.valueTwo(), c.value() & -c.value()}) {
                values.addAll(List.of(value - 1, value, value + 1, value ^ 1L << 32, value & 0xffffffffL, value << 32));
            }
            for (int bit = 0; c.op() == Condition.Op.MASKED_EQ && bit < 64; bit++) {
                values.add(1L << bit);
                values.add(c.valueTwo() ^ 1L << bit);
            }
        });
        List<long[]> all = new ArrayList<>();
        values.forEach(value -> all.add(new long[] {value, value, value, value, value, value}));
        return all;
    }
}
