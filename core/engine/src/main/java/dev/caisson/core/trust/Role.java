package dev.caisson.core.trust;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who may sign something.
 *
 * @param name root, targets, snapshot, timestamp, or a delegation
 * @param keyIds of keys that stand beside it
 * @param threshold how many of them have to
 */
record Role(String name, Set<String> keyIds, int threshold) {
    static final String ROOT = "root";
    static final String TARGETS = "targets";
    static final String SNAPSHOT = "snapshot";
    static final String TIMESTAMP = "timestamp";
    /** Where docker puts what is released, and looks first. */
    static final String RELEASES = "targets/releases";
    private static final int MOST = 1024;

    static Role parse(String name, Json json, Map<String, TrustKey> keys) {
        Set<String> ids = new LinkedHashSet<>(json.texts("keyids"));
        long threshold = json.number("threshold");
        if (threshold < 1 || threshold > MOST) {
            throw json.bad("a threshold of " + threshold + " signatures");
        }
        if (!keys.keySet().containsAll(ids)) {
            throw json.bad("a key of role " + name + " is missing");
        }
        return new Role(name, ids, (int) threshold);
    }
}
