package dev.caisson.logging.jsonfile;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Times as Go's RFC3339Nano writes them: {@code 2024-05-01T10:00:00.12Z}, no trailing zeros. Not for several threads. */
final class Rfc3339 {
    /** With quotes. */
    static final int LONGEST = 32;

    /** The text of the last second written: lines mostly share it, and writing it costs no object then. */
    private final byte[] text = new byte[19];
    private long textOf = Long.MIN_VALUE;

    void write(long epochSecond, int nano, ByteBuffer out) {
        if (epochSecond != textOf) {
            byte[] date = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC).withNano(1).toString().getBytes(StandardCharsets.US_ASCII);
            if (date[0] == '-' || date[0] == '+') {
                throw new IllegalArgumentException("a log entry's time is outside the years 0000 to 9999: second " + epochSecond + " of 1970");
            }
            System.arraycopy(date, 0, text, 0, text.length);
            textOf = epochSecond;
        }
        out.put(text);
        if (nano > 0) {
            out.put((byte) '.');
            int rest = nano;
            for (int unit = 100_000_000; rest > 0; unit /= 10) {
                out.put((byte) ('0' + rest / unit));
                rest %= unit;
            }
        }
        out.put((byte) 'Z');
    }

    /** Takes the result of {@link #parse}. */
    interface Taker {
        void take(long epochSecond, int nano);
    }

    /** Reads a time with fraction and zone; false if it is none. */
    static boolean parse(ByteBuffer in, Taker taker) {
        int at = in.position();
        int end = in.limit();
        if (end - at < 20 || in.get(at + 4) != '-' || in.get(at + 7) != '-' || in.get(at + 10) != 'T' || in.get(at + 13) != ':' || in.get(at + 16) != ':') {
            return false;
        }
        int year = digits(in, at, 4);
        int month = digits(in, at + 5, 2);
        int day = digits(in, at + 8, 2);
        int hour = digits(in, at + 11, 2);
        int minute = digits(in, at + 14, 2);
        int second = digits(in, at + 17, 2);
        if ((year | month | day | hour | minute | second) < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
            return false;
        }
        int nano = 0;
        at += 19;
        if (in.get(at) == '.') {
            int unit = 100_000_000;
            for (at++; at < end && in.get(at) >= '0' && in.get(at) <= '9'; at++, unit /= 10) {
                nano += (in.get(at) - '0') * unit;
            }
        }
        int zone = zone(in, at, end);
        if (zone == Integer.MIN_VALUE) {
            return false;
        }
        taker.take(86400 * days(year, month, day) + 3600L * hour + 60L * minute + second - zone, nano);
        return true;
    }

    /** Seconds east of Greenwich, MIN_VALUE if it is no zone. */
    private static int zone(ByteBuffer in, int at, int end) {
        if (at == end - 1 && in.get(at) == 'Z') {
            return 0;
        }
        if (at != end - 6 || in.get(at + 3) != ':' || in.get(at) != '+' && in.get(at) != '-') {
            return Integer.MIN_VALUE;
        }
        int hours = digits(in, at + 1, 2);
        int minutes = digits(in, at + 4, 2);
        if (hours < 0 || minutes < 0) {
            return Integer.MIN_VALUE;
        }
        return (in.get(at) == '-' ? -60 : 60) * (60 * hours + minutes);
    }

    private static int digits(ByteBuffer in, int at, int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            int digit = in.get(at + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = 10 * value + digit;
        }
        return value;
    }

    /** Days since 1970 of a date in the Gregorian calendar: years begin in March, so that the leap day is the last. */
    private static long days(int year, int month, int day) {
        long y = month <= 2 ? year - 1 : year;
        long era = Math.floorDiv(y, 400L);
        long yearOfEra = y - 400 * era;
        long dayOfYear = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return 146097 * era + 365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
    }
}
