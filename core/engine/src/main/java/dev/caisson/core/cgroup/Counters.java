package dev.caisson.core.cgroup;

import dev.caisson.ContainerStats.NetworkUse;
import dev.caisson.ContainerStats.Pressure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The kernel's counters as it writes them; what is not written so is passed over. */
public final class Counters {
    private static final int RECEIVED_BYTES = 0;
    private static final int RECEIVED_PACKETS = 1;
    private static final int SENT_BYTES = 8;
    private static final int SENT_PACKETS = 9;
    private static final int COLUMNS = 16;

    private Counters() {}

    /** Bytes read and written. */
    public record Io(long read, long written) {
        static final Io NONE = new Io(0, 0);
    }

    /** {@code io.stat}: {@code 8:0 rbytes=1 wbytes=2 …}, or blkio's {@code 8:0 Read 1}; all devices together. */
    static Io io(String text) {
        long read = 0;
        long written = 0;
        for (String line : text.split("\n")) {
            String[] words = line.split(" ");
            if (words.length == 3 && words[0].indexOf(':') > 0) {
                read += words[1].equals("Read") ? number(words[2]) : 0;
                written += words[1].equals("Write") ? number(words[2]) : 0;
            }
            for (String word : words) {
                read += word.startsWith("rbytes=") ? number(word.substring(7)) : 0;
                written += word.startsWith("wbytes=") ? number(word.substring(7)) : 0;
            }
        }
        return new Io(read, written);
    }

    /** MemTotal of {@code /proc/meminfo}, bytes. */
    public static long memoryTotal(String text) {
        return text.lines().filter(l -> l.startsWith("MemTotal:")).mapToLong(l -> number(l.substring(9).replace("kB", "")) * 1024).findFirst().orElse(0);
    }

    /** A {@code /proc/PID/io}. */
    public static Io processIo(String text) {
        long read = 0;
        long written = 0;
        for (String line : text.split("\n")) {
            read += line.startsWith("read_bytes: ") ? number(line.substring(12)) : 0;
            written += line.startsWith("write_bytes: ") ? number(line.substring(13)) : 0;
        }
        return new Io(read, written);
    }

    /** {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=1}, and the same of {@code full}; microseconds. */
    static Optional<Pressure> pressure(String text) {
        long some = -1;
        long full = 0;
        for (String line : text.split("\n")) {
            int total = line.indexOf(" total=");
            if (total >= 0) {
                long micros = number(line.substring(total + 7));
                some = line.startsWith("some ") ? micros : some;
                full = line.startsWith("full ") ? micros : full;
            }
        }
        return some < 0 ? Optional.empty() : Optional.of(new Pressure(micros(some), micros(full)));
    }

    private static Duration micros(long value) {
        return Duration.ofSeconds(value / 1_000_000, value % 1_000_000 * 1_000);
    }

    /** {@code /proc/PID/net/dev}, without the loopback. */
    public static Map<String, NetworkUse> networks(String text) {
        Map<String, NetworkUse> all = new LinkedHashMap<>();
        for (String line : text.split("\n")) {
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).strip();
            String[] columns = line.substring(colon + 1).strip().split("\\s+");
            if (!name.isEmpty() && !name.equals("lo") && columns.length == COLUMNS) {
                all.put(name, new NetworkUse(number(columns[RECEIVED_BYTES]), number(columns[RECEIVED_PACKETS]), number(columns[SENT_BYTES]), number(columns[SENT_PACKETS])));
            }
        }
        return all;
    }

    /** What is no number, or more than a long holds, counts nothing. */
    private static long number(String text) {
        String digits = text.strip();
        return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : 0;
    }
}
