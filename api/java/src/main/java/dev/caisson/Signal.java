package dev.caisson;

import java.util.Arrays;
import java.util.Locale;

/** A signal by its name without {@code SIG} and with its number on x86-64 and arm64 (signal(7)). */
public enum Signal {
    /** Its terminal is gone; daemons read their configuration again. Ends a program that does not handle it. */
    HUP(1),
    /** Ctrl-C. Ends a program that does not handle it. */
    INT(2),
    /** Ctrl-\. Ends with a core dump; a JVM prints its threads, nginx ends in peace. */
    QUIT(3),
    /** Illegal instruction. Ends with a core dump. */
    ILL(4),
    /** Breakpoint. Ends with a core dump. */
    TRAP(5),
    /** abort(3). Ends with a core dump. */
    ABRT(6),
    /** Memory that is not there. Ends with a core dump. */
    BUS(7),
    /** Wrong arithmetic. Ends with a core dump. */
    FPE(8),
    /** Ends, and cannot be handled. */
    KILL(9),
    /** The program's own. Ends one that does not handle it. */
    USR1(10),
    /** Invalid memory. Ends with a core dump. */
    SEGV(11),
    /** The program's own. Ends one that does not handle it. */
    USR2(12),
    /** Nobody reads. Ends a program that does not handle it. */
    PIPE(13),
    /** alarm(2). Ends a program that does not handle it. */
    ALRM(14),
    /** Asks it to end: what {@link Container#stop()} sends unless the image or the builder says another. */
    TERM(15),
    /** Unused by the kernel. */
    STKFLT(16),
    /** A child has ended. Ignored unless handled. */
    CHLD(17),
    /** Goes on after {@link #STOP}. */
    CONT(18),
    /** Stops, and cannot be handled. {@link Container#pause()} is for all of a container. */
    STOP(19),
    /** Ctrl-Z. Stops. */
    TSTP(20),
    /** Reads a terminal in the background. Stops. */
    TTIN(21),
    /** Writes a terminal in the background. Stops. */
    TTOU(22),
    /** Urgent data at a socket. Ignored unless handled. */
    URG(23),
    /** {@link Rlimit#CPU} is reached. Ends with a core dump. */
    XCPU(24),
    /** {@link Rlimit#FSIZE} is reached. Ends with a core dump. */
    XFSZ(25),
    /** A timer of CPU time. Ends a program that does not handle it. */
    VTALRM(26),
    /** A profiler's timer. Ends a program that does not handle it. */
    PROF(27),
    /** Its terminal has another size. Ignored unless handled. */
    WINCH(28),
    /** A descriptor is ready. Ends a program that does not handle it. */
    IO(29),
    /** The power fails. Ends a program that does not handle it. */
    PWR(30),
    /** A forbidden system call. Ends with a core dump. */
    SYS(31);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /** {@return the number as kill(2) takes it} */
    public int number() {
        return number;
    }

    /**
     * The signal of this name ({@code TERM}, {@code SIGTERM}) or number, as docker's {@code --stop-signal} takes it.
     *
     * @param text in any case, with or without {@code SIG}, or a number from 1 to 31
     * @return one of these; real-time signals are none
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
