package dev.caisson.core.engine;

import dev.caisson.ProcessInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** proc(5) as values. Command names and arguments are the container's own words: anything may be in them. */
final class ProcFiles {
    /** USER_HZ, which is 100 on every architecture that the engine runs on. */
    private static final long NANOS_A_TICK = 10_000_000;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    private ProcFiles() {}

    /**
     * @param stat {@code /proc/PID/stat}, as ISO 8859-1 like the others
     * @return null if it is not what the kernel writes
     */
    static @Nullable ProcessInfo process(int pid, String stat, String status, String cmdline) {
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')'); // the name may have parentheses, what follows has none
        if (open < 0 || close < open + 1 || close + 2 >= stat.length()) {
            return null;
        }
        String name = stat.substring(open + 1, close);
        String[] fields = stat.substring(close + 2).strip().split(" ");
        if (fields.length <= SYSTEM_TIME || fields[0].length() != 1) {
            return null;
        }
        long ticks = number(fields[USER_TIME]) + number(fields[SYSTEM_TIME]);
        String command = text(cmdline).replace('\0', ' ').strip();
        return new ProcessInfo(pid, field(status, "NSpid").map(v -> number(v.substring(v.lastIndexOf('\t') + 1))).orElse(0L), number(fields[1]),
                field(status, "Uid").map(v -> number(v.split("\t")[0])).orElse(0L), fields[0].charAt(0), Duration.ofNanos(ticks * NANOS_A_TICK),
                field(status, "VmRSS").map(v -> number(v.replace(" kB", "").strip()) * 1024).orElse(0L), command.isEmpty() ? "[" + text(name) + "]" : command);
    }

    /** Whether a process has a handler for a signal, by {@code /proc/PID/status}. */
    static boolean catches(String status, int signal) {
        return field(status, "SigCgt").map(mask -> (Long.parseUnsignedLong(mask, 16) >>> signal - 1 & 1) != 0).orElse(false);
    }

    /** Whether a capability is in a process's bounding set, by {@code /proc/PID/status}. */
    static boolean mayHave(String status, int capability) {
        return field(status, "CapBnd").map(mask -> (Long.parseUnsignedLong(mask, 16) >>> capability & 1) != 0).orElse(false);
    }

    private static Optional<String> field(String status, String name) {
        return status.lines().filter(l -> l.startsWith(name + ":\t")).findFirst().map(l -> l.substring(name.length() + 2).strip());
    }

    private static String text(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }
}
