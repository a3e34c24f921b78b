package dev.caisson;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    SYS(31),
    /** The first of those of real time, which are the program's own, wait one behind the other, and end one that does not handle them. 32 and 33 are the C library's. */
    RTMIN(34),
    /** The program's own, of real time: number 35. */
    RTMIN_1(35),
    /** The program's own, of real time: number 36. */
    RTMIN_2(36),
    /** The program's own, of real time: number 37 (systemd: halts, what its images stop by). */
    RTMIN_3(37),
    /** The program's own, of real time: number 38. */
    RTMIN_4(38),
    /** The program's own, of real time: number 39. */
    RTMIN_5(39),
    /** The program's own, of real time: number 40. */
    RTMIN_6(40),
    /** The program's own, of real time: number 41. */
    RTMIN_7(41),
    /** The program's own, of real time: number 42. */
    RTMIN_8(42),
    /** The program's own, of real time: number 43. */
    RTMIN_9(43),
    /** The program's own, of real time: number 44. */
    RTMIN_10(44),
    /** The program's own, of real time: number 45. */
    RTMIN_11(45),
    /** The program's own, of real time: number 46. */
    RTMIN_12(46),
    /** The program's own, of real time: number 47. */
    RTMIN_13(47),
    /** The program's own, of real time: number 48. */
    RTMIN_14(48),
    /** The program's own, of real time: number 49. */
    RTMIN_15(49),
    /** The program's own, of real time: number 50. */
    RTMIN_16(50),
    /** The program's own, of real time: number 51. */
    RTMIN_17(51),
    /** The program's own, of real time: number 52. */
    RTMIN_18(52),
    /** The program's own, of real time: number 53. */
    RTMIN_19(53),
    /** The program's own, of real time: number 54. */
    RTMIN_20(54),
    /** The program's own, of real time: number 55. */
    RTMIN_21(55),
    /** The program's own, of real time: number 56. */
    RTMIN_22(56),
    /** The program's own, of real time: number 57. */
    RTMIN_23(57),
    /** The program's own, of real time: number 58. */
    RTMIN_24(58),
    /** The program's own, of real time: number 59. */
    RTMIN_25(59),
    /** The program's own, of real time: number 60. */
    RTMIN_26(60),
    /** The program's own, of real time: number 61. */
    RTMIN_27(61),
    /** The program's own, of real time: number 62. */
    RTMIN_28(62),
    /** The program's own, of real time: number 63. */
    RTMIN_29(63),
    /** The program's own, of real time: number 64, {@code RTMAX}. */
    RTMIN_30(64);

    private static final Pattern REAL_TIME = Pattern.compile("RT(MIN[+_]|MAX-)([0-9]{1,2})");
    private static final int RTMIN_NUMBER = 34;
    private static final int RTMAX_NUMBER = 64;

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /** {@return the number as kill(2) takes it} */
    public int number() {
        return number;
    }

    /**
     * The signal of this name ({@code TERM}, {@code SIGTERM}, {@code SIGRTMIN+3}, {@code RTMAX-1}) or number, as docker's {@code --stop-signal} takes it.
     *
     * @param text in any case, with or without {@code SIG}, or a number from 1 to 31 or 34 to 64
     * @return one of these
     * @throws IllegalArgumentException naming the nearest known signal
     */
    public static Signal of(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        String given = name.startsWith("SIG") ? name.substring(3) : name;
        String key = number(given);
        for (Signal s : values()) {
            if (s.name().equals(key) || Integer.toString(s.number).equals(key)) {
                return s;
            }
        }
        String nearest = Nearest.to(given, Arrays.stream(values()).map(Enum::name).toList());
        throw new IllegalArgumentException("unknown signal '" + text + "'" + (nearest.isEmpty() ? "" : "; did you mean " + nearest + "?"));
    }

    /** Of one that is named from the ends of the real-time signals, its number; of others what was given. */
    private static String number(String given) {
        if (given.equals("RTMAX")) {
            return Integer.toString(RTMAX_NUMBER);
        }
        Matcher counted = REAL_TIME.matcher(given);
        if (!counted.matches()) {
            return given;
        }
        int steps = Integer.parseInt(counted.group(2));
        int number = given.startsWith("RTMIN") ? RTMIN_NUMBER + steps : RTMAX_NUMBER - steps;
        return steps <= RTMAX_NUMBER - RTMIN_NUMBER ? Integer.toString(number) : given;
    }

    /** As signal(7) and docker write it, without {@code SIG}: {@code TERM}, {@code RTMIN+3}. */
    @Override
    public String toString() {
        return name().replace('_', '+');
    }
}
