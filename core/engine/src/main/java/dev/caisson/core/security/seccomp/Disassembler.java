package dev.caisson.core.security.seccomp;

/** Classic BPF as text, with absolute targets: {@code 0004  jge  #0x29  -> 0019, 0005}. */
final class Disassembler {
    private Disassembler() {}

    static String text(long[] program) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < program.length; i++) {
            text.append(String.format("%04d  %s%n", i, line(program[i], i)));
        }
        return text.toString();
    }

    private static String line(long instruction, int at) {
        int k = Bpf.k(instruction);
        return switch (Bpf.code(instruction)) {
            case Bpf.LD_W_ABS -> "ld   " + field(k);
            case Bpf.JA -> String.format("ja   -> %04d", at + 1L + Integer.toUnsignedLong(k));
            case Bpf.JEQ -> jump("jeq", instruction, at);
            case Bpf.JGT -> jump("jgt", instruction, at);
            case Bpf.JGE -> jump("jge", instruction, at);
            case Bpf.AND -> String.format("and  #0x%x", k);
            case Bpf.RET -> "ret  " + action(k);
            default -> String.format(".code 0x%x, %d, %d, 0x%x", Bpf.code(instruction), Bpf.jt(instruction), Bpf.jf(instruction), k);
        };
    }

    private static String jump(String name, long instruction, int at) {
        return String.format("%s  #0x%x  -> %04d, %04d", name, Bpf.k(instruction), at + 1 + Bpf.jt(instruction), at + 1 + Bpf.jf(instruction));
    }

    private static String field(int offset) {
        if (offset == Bpf.NR) {
            return "nr";
        }
        if (offset == Bpf.ARCH) {
            return "arch";
        }
        for (int argument = 0; argument < 6; argument++) {
            if (offset == Bpf.low(argument)) {
                return "args[" + argument + "]";
            }
            if (offset == Bpf.high(argument)) {
                return "args[" + argument + "] >> 32";
            }
        }
        return "[" + offset + "]";
    }

    private static String action(int value) {
        for (Action.Kind kind : Action.Kind.values()) {
            if (new Action(kind, 0).value() == (value & 0xffff0000)) {
                return kind.takesErrno() ? kind + "(" + (value & 0xffff) + ")" : kind.toString();
            }
        }
        return String.format("#0x%x", value);
    }
}
