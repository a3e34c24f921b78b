package dev.caisson.logging.file;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** File sizes of log options: powers of 1000 even when written {@code MiB}, as docker's units.FromHumanSize reads them. */
public final class HumanSize {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18}(?:\\.\\d{0,18})?|\\.\\d{1,18}) ?([kmgtp])?(?:i?b)?");

    private HumanSize() {}

    /**
     * Bytes.
     *
     * @throws IllegalArgumentException if it is no size, or none that fits 63 bits
     */
    public static long parse(String text) {
        Matcher m = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size; write a number with k, m or g, such as 10m");
        }
        int power = m.group(2) == null ? 0 : 1 + "kmgtp".indexOf(m.group(2));
        try {
            return new BigDecimal(m.group(1)).movePointRight(3 * power).toBigInteger().longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is a size that does not fit 63 bits", e);
        }
    }
}
