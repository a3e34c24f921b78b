package dev.caisson.core.security.seccomp;

/** Runs a filter on one system call, as the kernel would, and refuses what the kernel's checker would refuse. */
final class BpfSimulator {
    private final long[] program;
    /** How many instructions the last run took. */
    private int steps;
    private boolean looked;

    BpfSimulator(long[] program) {
        this.program = program;
    }

    /** The {@code SECCOMP_RET_*} value. */
    int run(int arch, int number, long... arguments) {
        long a = 0;
        int at = 0;
        looked = false;
        for (steps = 1; ; steps++) {
            if (at < 0 || at >= program.length) {
                throw new AssertionError("runs out of the program at " + at);
            }
            long instruction = program[at];
            int k = Bpf.k(instruction);
            long unsigned = Integer.toUnsignedLong(k);
            at++;
            switch (Bpf.code(instruction)) {
                case Bpf.LD_W_ABS -> a = Integer.toUnsignedLong(data(k, arch, number, arguments));
                case Bpf.AND -> a &= unsigned;
                case Bpf.JA -> at += k;
                case Bpf.JEQ -> at += a == unsigned ? Bpf.jt(instruction) : Bpf.jf(instruction);
                case Bpf.JGT -> at += a > unsigned ? Bpf.jt(instruction) : Bpf.jf(instruction);
                case Bpf.JGE -> at += a >= unsigned ? Bpf.jt(instruction) : Bpf.jf(instruction);
                case Bpf.RET -> {
                    return k;
                }
                default -> throw new AssertionError("no such instruction at " + (at - 1) + ": 0x" + Long.toHexString(instruction));
            }
        }
    }

    int steps() {
        return steps;
    }

    /** Whether the last run looked at an argument: one that did not takes the same way whatever they are. */
    boolean looked() {
        return looked;
    }

    private int data(int offset, int arch, int number, long[] arguments) {
        if (offset == Bpf.NR) {
            return number;
        }
        if (offset == Bpf.ARCH) {
            return arch;
        }
        if (offset < 16 || offset >= 64 || offset % 4 != 0) {
            throw new AssertionError("reads seccomp_data at " + offset);
        }
        looked = true;
        int index = (offset - 16) / 8;
        long argument = index < arguments.length ? arguments[index] : 0;
        return (int) (offset % 8 == 0 ? argument : argument >>> 32);
    }
}
