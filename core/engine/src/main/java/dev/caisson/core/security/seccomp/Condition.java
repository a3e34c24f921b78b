package dev.caisson.core.security.seccomp;

/**
 * A comparison of one system call argument, unsigned, as in libseccomp's {@code scmp_arg_cmp}. On a 32-bit architecture only the lower
 * halves of argument and operands count, as libseccomp has it, so that -1 means -1 there as well.
 *
 * @param index which argument, 0 to 5
 * @param value what it is compared with; for {@link Op#MASKED_EQ} the mask
 * @param valueTwo for {@link Op#MASKED_EQ} the value that the masked argument must have; its bits outside the mask are disregarded, as
 *     libseccomp does
 */
record Condition(int index, Op op, long value, long valueTwo) {
    /** {@code SCMP_CMP_*} without the prefix. */
    enum Op { NE, LT, LE, EQ, GE, GT, MASKED_EQ }

    Condition {
        if (index < 0 || index > 5) {
            throw new IllegalArgumentException("a system call has arguments 0 to 5, not " + index);
        }
    }

    static Condition of(int index, Op op, long value) {
        return new Condition(index, op, value, 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Condition that && index == that.index && op == that.op && value == that.value && valueTwo == that.valueTwo;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * (31 * index + op.ordinal()) + Long.hashCode(value)) + Long.hashCode(valueTwo);
    }

    @Override
    public String toString() {
        return "arg" + index + " " + op + " 0x" + Long.toHexString(value) + (op == Op.MASKED_EQ ? " 0x" + Long.toHexString(valueTwo) : "");
    }
}
