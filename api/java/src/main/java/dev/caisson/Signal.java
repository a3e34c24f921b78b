package dev.caisson;

import java.util.Arrays;
import java.util.Locale;

/** A signal by its name without {@code SIG} and with its number on x86-64 and arm64 (signal(7)). */
public enum Signal {
    HUP(1), INT(2), QUIT(3), ILL(4), TRAP(5), ABRT(6), BUS(7), FPE(8), KILL(9), USR1(10), SEGV(11), USR2(12), PIPE(13), ALRM(14), TERM(15),
    STKFLT(16), CHLD(17), CONT(18), STOP(19), TSTP(20), TTIN(21), TTOU(22), URG(23), XCPU(24), XFSZ(25), VTALRM(26), PROF(27), WINCH(28),
    IO(29), PWR(30), SYS(31);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /** The number as kill(2) takes it. */
    public int number() {
        return number;
    }

    /**
     * The signal of this name ({@code TERM}, {@code SIGTERM}) or number, as docker's {@code --stop-signal} takes it.
     *
     * @throws IllegalArgumentException naming the nearest known signal
     */
    public static Signal of(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        String key = name.startsWith("SIG") ? name.substring(3) : name;
        for (Signal s : values()) {
            if (s.name().equals(key) || Integer.toString(s.number).equals(key)) {
                return s;
            }
        }
        String nearest = Nearest.to(key, Arrays.stream(values()).map(Enum::name).toList());
        throw new IllegalArgumentException("unknown signal '" + text + "'" + (nearest.isEmpty() ? "" : "; did you mean " + nearest + "?"));
    }
}
