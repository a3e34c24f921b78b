package dev.caisson.testkit;

import java.util.Arrays;
import java.util.HexFormat;

/** Compares encoded messages with golden bytes, and shows where they part. */
public final class HexDiff {
    private static final int ROW = 16;

    private HexDiff() {}

    /** Throws {@link AssertionError} with {@link #describe} when the arrays differ. */
    public static void assertSame(byte[] expected, byte[] actual) {
        if (!Arrays.equals(expected, actual)) {
            throw new AssertionError(describe(expected, actual));
        }
    }

    /** As {@link #assertSame(byte[], byte[])}, the golden bytes in hex; blanks and line breaks are free, {@code #} begins a comment. */
    public static void assertSame(String expectedHex, byte[] actual) {
        assertSame(HexFormat.of().parseHex(expectedHex.replaceAll("#[^\n]*", "").replaceAll("\\s", "")), actual);
    }

    /** The rows around the first difference, expected above actual, and "" when there is none. */
    public static String describe(byte[] expected, byte[] actual) {
        int at = Arrays.mismatch(expected, actual);
        if (at < 0) {
            return "";
        }
        StringBuilder text = new StringBuilder(String.format("differ first at byte %d (0x%x); expected %d bytes, got %d%n", at, at, expected.length, actual.length));
        int rows = (Math.max(expected.length, actual.length) + ROW - 1) / ROW;
        int first = Math.max(0, at / ROW - 1);
        for (int row = first; row < Math.min(rows, first + 4); row++) {
            if (Arrays.equals(row(expected, row), row(actual, row))) {
                text.append(line(' ', expected, row));
            } else {
                text.append(line('-', expected, row)).append(line('+', actual, row));
            }
        }
        return text.toString();
    }

    private static byte[] row(byte[] bytes, int row) {
        return Arrays.copyOfRange(bytes, Math.min(bytes.length, row * ROW), Math.min(bytes.length, (row + 1) * ROW));
    }

    private static String line(char mark, byte[] bytes, int row) {
        byte[] part = row(bytes, row);
        StringBuilder printable = new StringBuilder();
        for (byte b : part) {
            printable.append(b >= ' ' && b < 127 ? (char) b : '.');
        }
        return String.format("%c %06x  %-47s  %s%n", mark, row * ROW, HexFormat.ofDelimiter(" ").formatHex(part), printable);
    }
}
