package dev.caisson.core.guard;

import java.time.Duration;

/**
 * By which a guard without an engine launches again what it keeps (protocol.h: RECIPE).
 *
 * @param when after which ends
 * @param pause the one before the last launch; zero if there was none
 * @param left how often it may; {@link #UNLIMITED} and what is near it: any number
 */
public record AgainNumbers(When when, Duration pause, long left, Duration first, Duration longest, Duration steady) {
    /** Numbers of {@code enum again}. */
    public enum When { NEVER, FAILED, ALWAYS }

    /** As {@code left}. */
    public static final long UNLIMITED = 0xffffffffL;
    private static final long PAUSE_MOST = 0x3fffffff;
    private static final int FIRST_MOST = 0xffff;
    private static final int MOST = 0xffffff;

    public AgainNumbers {
        if (left < 0 || left > UNLIMITED || pause.toMillis() > PAUSE_MOST || first.toMillis() > FIRST_MOST || longest.toMillis() > MOST || steady.toMillis() > MOST) {
            throw new IllegalArgumentException("does not fit the message: " + when + " " + pause + " " + left + " " + first + " " + longest + " " + steady);
        }
    }

    /** The same, but never. */
    public AgainNumbers never() {
        return new AgainNumbers(When.NEVER, pause, left, first, longest, steady);
    }

    long a() {
        return when.ordinal() | pause.toMillis() << 2 | left << 32;
    }

    long b() {
        return first.toMillis() | longest.toMillis() << 16 | steady.toMillis() << 40;
    }

    /** What a guard has of it. @param a of KEPT */
    static AgainNumbers kept(long a) {
        When[] all = When.values();
        return new AgainNumbers(all[(int) Math.min(a & 3, all.length - 1)], Duration.ofMillis(a >> 2 & PAUSE_MOST), a >>> 32, Duration.ZERO, Duration.ZERO, Duration.ZERO);
    }
}
