package dev.caisson.testkit.crash;

import java.util.Optional;

/** What a scenario calls to say how far it got. A mark is a line of its own on standard output, written at once. */
public final class Progress {
    private static final String PREFIX = "\u0001mark ";

    private Progress() {}

    /** {@code name} must not contain a line break. */
    public static void mark(String name) {
        System.out.println(PREFIX + name);
        System.out.flush();
    }

    static Optional<String> markOf(String line) {
        return line.startsWith(PREFIX) ? Optional.of(line.substring(PREFIX.length())) : Optional.empty();
    }
}
