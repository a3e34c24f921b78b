package dev.caisson.spi;

import java.util.Locale;

/** Byte sizes as docker writes them: {@code 64m}, {@code 1.5g}, {@code 512kb}, {@code 1GiB}; units are powers of 1024. */
public final class Sizes {
    private Sizes() {}

    /**
     * Bytes of a size text.
     *
     * @param text a number, which may have a fraction, and a unit; blanks around it do not count
     * @return bytes, not negative
     * @throws IllegalArgumentException if it is not a number with an optional unit, is negative, or exceeds a long
     */
    public static long parse(String text) {
        String t = text.strip().toLowerCase(Locale.ROOT);
        int end = t.length();
        while (end > 0 && !Character.isDigit(t.charAt(end - 1))) {
            end--;
        }
        String number = t.substring(0, end);
        String unit = t.substring(end).strip();
        if (number.isEmpty() || number.length() > 30 || !number.chars().allMatch(c -> c >= '0' && c <= '9' || c == '.')) {
            throw new IllegalArgumentException("'" + text + "' is not a size; write a number with b, k, m, g or t, such as 64m");
        }
        int shift = switch (unit) {
            case "", "b" -> 0;
            case "k", "kb", "kib" -> 10;
            case "m", "mb", "mib" -> 20;
            case "g", "gb", "gib" -> 30;
            case "t", "tb", "tib" -> 40;
            case "p", "pb", "pib" -> 50;
            default -> throw new IllegalArgumentException("'" + text + "' has the unknown unit '" + unit + "'; use b, k, m, g, t or p");
        };
        try {
            return new java.math.BigDecimal(number).multiply(new java.math.BigDecimal(1L << shift)).toBigInteger().longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a size that fits 63 bits", e);
        }
    }

    /**
     * A size for people: {@code 64.0 MiB}.
     *
     * @param bytes not negative
     * @return one decimal, units of 1024
     */
    public static String text(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        int exponent = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        return String.format(Locale.ROOT, "%.1f %siB", bytes / (double) (1L << (10 * exponent)), "KMGTPE".charAt(exponent - 1));
    }
}
