package dev.caisson.spi;

/**
 * One option of a driver.
 *
 * @param name as docker spells it, e.g. {@code max-size}
 * @param type how its text is read
 * @param defaultValue the text used when it is not given; "" for none
 * @param doc one sentence with the unit
 */
public record OptionSpec(String name, Type type, String defaultValue, String doc) {
    /** How an option's text is read. */
    public enum Type {
        /** Any text. */
        STRING,
        /** {@code true} or {@code false}, and the other words that Go reads so: {@code 1 t T TRUE True 0 f F FALSE False}. */
        BOOLEAN,
        /** A decimal number. */
        INTEGER,
        /** {@code 10m}: units b, k, m, g, t, p, powers of 1024, or {@code -1} (docker's RAMInBytes). */
        SIZE,
        /** {@code 100ms}, {@code 1m30s} as Go writes durations. */
        DURATION,
        /** Comma-separated names. */
        LIST,
        /** A regular expression (Go's RE2 and Java's agree on what is used here). */
        REGEX
    }
}
