package dev.caisson.registry.protocol;

import java.util.Map;
import java.util.Optional;

/**
 * The bytes of a blob that are wanted (RFC 9110, 14.1.2): one range, which is what resuming clients ask for.
 *
 * @param first from 0
 * @param last inclusive
 */
public record ByteRange(long first, long last) {
    private static final String UNIT = "bytes=";
    private static final int MOST_DIGITS = 18;

    /**
     * What a Range header asks of a blob.
     *
     * @return empty for all of it: there is no header, or one that is to be ignored (another unit, several ranges, malformed)
     * @throws Fault if it begins after the end
     */
    public static Optional<ByteRange> of(String header, long size) {
        if (!header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return Optional.empty();
        }
        String range = header.substring(UNIT.length()).strip();
        int dash = range.indexOf('-');
        String from = dash < 0 ? "?" : range.substring(0, dash);
        String to = dash < 0 ? "?" : range.substring(dash + 1);
        if (!digits(from) || !digits(to) || from.isEmpty() && to.isEmpty()) {
            return Optional.empty();
        }
        if (from.isEmpty()) {
            long suffix = number(to);
            return Optional.of(satisfiable(suffix == 0 ? size : Math.max(0, size - suffix), size - 1, size));
        }
        if (!to.isEmpty() && number(to) < number(from)) {
            return Optional.empty();
        }
        return Optional.of(satisfiable(number(from), to.isEmpty() ? size - 1 : Math.min(number(to), size - 1), size));
    }

    private static ByteRange satisfiable(long first, long last, long size) {
        if (first >= size) {
            throw new Fault(Code.RANGE_INVALID, Code.RANGE_INVALID.status(), "the blob has only " + size + " bytes", Map.of("Content-Range", "bytes */" + size));
        }
        return new ByteRange(first, last);
    }

    /** Bytes. */
    public long length() {
        return last - first + 1;
    }

    /** As the answer's Content-Range. */
    public String contentRange(long size) {
        return "bytes " + first + "-" + last + "/" + size;
    }

    /** Whether it has nothing but digits. */
    public static boolean digits(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** A number too large for any file is the largest. */
    public static long number(String digits) {
        String plain = digits.replaceFirst("^0+(?=.)", "");
        return plain.length() > MOST_DIGITS ? Long.MAX_VALUE : Long.parseLong(plain);
    }
}
