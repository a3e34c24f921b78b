package dev.caisson.core.security.seccomp;

/**
 * The instructions of classic BPF that seccomp filters use, and their packing (linux/filter.h, linux/bpf_common.h).
 *
 * <p>An instruction is {@code struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; }}; as a little-endian long it reads
 * {@code k << 32 | jf << 24 | jt << 16 | code}.
 */
final class Bpf {
    /** A = 32 bits of {@code struct seccomp_data} at offset k. */
    static final int LD_W_ABS = 0x20;
    /** Skip k instructions; k has 32 bits, but is unsigned: there is no way back. */
    static final int JA = 0x05;
    /** Skip jt instructions if A compares so with k, else jf; both have 8 bits only. */
    static final int JEQ = 0x15;
    static final int JGT = 0x25;
    static final int JGE = 0x35;
    static final int AND = 0x54;
    static final int RET = 0x06;

    /** The farthest conditional jump. */
    static final int MAX_JUMP = 255;
    /** BPF_MAXINSNS: the kernel takes no longer program. */
    static final int MAX_INSTRUCTIONS = 4096;

    /** Offsets in {@code struct seccomp_data}. */
    static final int NR = 0;
    static final int ARCH = 4;
    private static final int ARGS = 16;

    private Bpf() {}

    /** Where the lower half of an argument lies (both architectures are little-endian). */
    static int low(int argument) {
        return ARGS + 8 * argument;
    }

    static int high(int argument) {
        return low(argument) + 4;
    }

    static long pack(int code, int jt, int jf, int k) {
        return (long) k << 32 | (long) jf << 24 | (long) jt << 16 | code;
    }

    static int code(long instruction) {
        return (int) instruction & 0xffff;
    }

    static int jt(long instruction) {
        return (int) (instruction >>> 16) & 0xff;
    }

    static int jf(long instruction) {
        return (int) (instruction >>> 24) & 0xff;
    }

    static int k(long instruction) {
        return (int) (instruction >>> 32);
    }
}
