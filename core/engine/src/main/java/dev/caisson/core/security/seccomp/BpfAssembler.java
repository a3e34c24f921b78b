package dev.caisson.core.security.seccomp;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Assembles a program from its end to its beginning. Jumps only lead forward, so every target exists before the jump to it is written,
 * and its distance is known at once. A label is the number of instructions from the end.
 *
 * <p>A conditional jump reaches 255 instructions. Where the target lies farther, a copy of it is put right behind the jump if it is a
 * {@code ret}, and a {@code ja}, which has a 32-bit distance, if it is anything else.
 */
final class BpfAssembler {
    private long[] reversed = new long[512];
    private int size;
    private final Map<Integer, Integer> returns = new HashMap<>();

    /** A place that returns this action: an earlier one if a jump from here reaches it, else a new instruction. */
    int ret(Action action) {
        Integer earlier = returns.get(action.value());
        // Two trampolines may still come between the jump and the place.
        if (earlier != null && size - earlier <= Bpf.MAX_JUMP - 2) {
            return earlier;
        }
        int label = emit(Bpf.pack(Bpf.RET, 0, 0, action.value()));
        returns.put(action.value(), label);
        return label;
    }

    /** {@code A = data[offset]}, continuing at {@code next}. */
    int load(int offset, int next) {
        return then(Bpf.pack(Bpf.LD_W_ABS, 0, 0, offset), next);
    }

    /** {@code A &= mask}, continuing at {@code next}. */
    int and(int mask, int next) {
        return then(Bpf.pack(Bpf.AND, 0, 0, mask), next);
    }

    /** To {@code jt} if A compares so with k, else to {@code jf}. */
    int jump(int code, int k, int jt, int jf) {
        if (jt == jf) {
            return jt;
        }
        int far = near(jt, 1);
        int other = near(jf, 0);
        return emit(Bpf.pack(code, size - 1 - far, size - 1 - other, k));
    }

    /** The program that begins at {@code entry}, first instruction first. */
    long[] program(int entry) {
        fallThrough(entry);
        long[] program = new long[size];
        for (int i = 0; i < size; i++) {
            program[i] = reversed[size - 1 - i];
        }
        return program;
    }

    private int then(long instruction, int next) {
        fallThrough(next);
        return emit(instruction);
    }

    /** Makes the instruction written last be {@code next} or lead there. */
    private void fallThrough(int next) {
        if (next != size - 1) {
            bridge(next);
        }
    }

    /** A label that means the same as this one and is in reach even when {@code more} instructions follow before the jump. */
    private int near(int label, int more) {
        return size + more - 1 - label <= Bpf.MAX_JUMP ? label : bridge(label);
    }

    private int bridge(int label) {
        long target = reversed[label];
        return emit(Bpf.code(target) == Bpf.RET ? target : Bpf.pack(Bpf.JA, 0, 0, size - 1 - label));
    }

    private int emit(long instruction) {
        if (size == reversed.length) {
            reversed = Arrays.copyOf(reversed, 2 * size);
        }
        reversed[size] = instruction;
        return size++;
    }
}
