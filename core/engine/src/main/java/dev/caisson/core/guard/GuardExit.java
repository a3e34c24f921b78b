package dev.caisson.core.guard;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How a process ended.
 *
 * @param waitStatus as wait4(2) returns it
 * @param cpu user and system time of the process and its waited-for children
 * @param maxRssKib of the largest of them
 * @param elapsed from clone to exit
 * @param reports what the REPORT operations read, by their index
 */
public record GuardExit(int waitStatus, Duration cpu, long maxRssKib, Duration elapsed, Map<Integer, byte[]> reports) {
    static GuardExit read(ByteBuffer in) {
        int status = in.getInt();
        in.getInt(); // the pid is of no use outside the guard's PID namespace
        long user = in.getLong();
        long system = in.getLong();
        long rss = in.getLong();
        long elapsed = in.getLong();
        int count = in.getInt();
        in.getInt();
        Map<Integer, byte[]> reports = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int op = in.getShort() & 0xffff;
            byte[] bytes = new byte[in.getShort() & 0xffff];
            in.get(bytes);
            in.position(Math.min(in.limit(), (in.position() + 3) & ~3));
            reports.put(op, bytes);
        }
        return new GuardExit(status, Duration.ofNanos((user + system) * 1000), rss, Duration.ofNanos(elapsed), reports);
    }

    /** The signal that ended it, 0 if none (WTERMSIG). */
    public int signal() {
        return waitStatus & 0x7f;
    }

    /** As a shell reports it: the exit code, or 128 + signal. */
    public int exitCode() {
        return signal() != 0 ? 128 + signal() : waitStatus >> 8 & 0xff;
    }
}
