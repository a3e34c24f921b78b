package dev.caisson.junit5;

/** What a container had printed when a test failed: rides on the failure as a suppressed exception, so that every report shows it. */
public final class LastLines extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int LINES = 50;

    LastLines(String fixture, String state, String logs) {
        super(text(fixture, state, logs), null, false, false);
    }

    private static String text(String fixture, String state, String logs) {
        String[] lines = logs.stripTrailing().split("\n", -1);
        int from = Math.max(0, lines.length - LINES);
        return "container " + fixture + " (" + state + ") printed" + (logs.isBlank() ? " nothing" : ":\n" + (from > 0 ? "…\n" : "")
                + String.join("\n", java.util.Arrays.asList(lines).subList(from, lines.length)));
    }
}
