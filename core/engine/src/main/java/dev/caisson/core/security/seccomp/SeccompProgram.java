package dev.caisson.core.security.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A compiled filter, ready for {@code seccomp(SECCOMP_SET_MODE_FILTER, flags, &prog)}.
 *
 * @param bpf {@code struct sock_filter[]}, 8 bytes each, little-endian; at most 4,096 instructions
 * @param flags {@code SECCOMP_FILTER_FLAG_*} for seccomp(2); prctl(2) has none
 * @param ignoredNames what the profile names that could not be part of the filter: system calls no architecture of this machine has, and
 *     architectures whose programs cannot run here or are refused (x32)
 */
public record SeccompProgram(byte[] bpf, int flags, List<String> ignoredNames) {
    public SeccompProgram {
        if (bpf.length % Long.BYTES != 0) {
            throw new IllegalArgumentException("a BPF program is a multiple of 8 bytes, not " + bpf.length);
        }
        bpf = bpf.clone();
        ignoredNames = List.copyOf(ignoredNames);
    }

    SeccompProgram(long[] instructions, int flags, List<String> ignoredNames) {
        this(bytes(instructions), flags, ignoredNames);
    }

    /** A copy. */
    @Override
    public byte[] bpf() {
        return bpf.clone();
    }

    /** The number of instructions, {@code sock_fprog.len}. */
    public int length() {
        return bpf.length / Long.BYTES;
    }

    /** The instructions, packed as {@link Bpf} says. */
    long[] instructions() {
        long[] instructions = new long[length()];
        ByteBuffer.wrap(bpf).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(instructions);
        return instructions;
    }

    private static byte[] bytes(long[] instructions) {
        ByteBuffer buffer = ByteBuffer.allocate(instructions.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(instructions);
        return buffer.array();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeccompProgram that && Arrays.equals(bpf, that.bpf) && flags == that.flags
                && ignoredNames.equals(that.ignoredNames);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(bpf) + flags;
    }

    /** The disassembly, an instruction a line. */
    @Override
    public String toString() {
        return length() + " instructions, flags " + flags + (ignoredNames.isEmpty() ? "" : ", ignored " + ignoredNames) + "\n"
                + Disassembler.text(instructions());
    }
}
