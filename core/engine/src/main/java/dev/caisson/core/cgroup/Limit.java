package dev.caisson.core.cgroup;

import java.util.List;

/**
 * A limit and the ways to set it, best first; a way is possible where all its files are.
 *
 * @param setting the builder's method, for messages
 * @param controller v1's name of what enforces it
 * @param asked whether the caller asked for it; otherwise it is a default of the engine
 */
record Limit(String setting, String controller, boolean asked, List<Way> ways) {
    record Way(List<Write> writes) {}

    record Write(String file, String value) {}

    static Way way(String file, long value) {
        return way(file, Long.toString(value));
    }

    static Way way(String file, String value) {
        return new Way(List.of(new Write(file, value)));
    }
}
