package dev.caisson.core.engine;

import dev.caisson.InvalidSpec;

/** What a terminal's size may be. */
final class SizeRules {
    private static final int MOST = 65535;

    private SizeRules() {}

    static void check(String method, int rows, int columns) {
        if (rows < 1 || columns < 1 || rows > MOST || columns > MOST) {
            throw new InvalidSpec(method + "(" + rows + ", " + columns + ")", "is not 1 to 65535 rows and columns", "");
        }
    }
}
