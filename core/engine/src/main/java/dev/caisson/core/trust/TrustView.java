package dev.caisson.core.trust;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Verified metadata of a repository.
 *
 * @param delegated what {@code targets} delegates to and was asked for, by the role's name
 */
record TrustView(Root root, Snapshot timestamp, Snapshot snapshot, Targets top, Map<String, Targets> delegated) {
    /**
     * What is signed under a name, and by which role.
     *
     * @param meta of a manifest or index
     */
    record Found(String role, FileMeta meta) {}

    /** As docker looks: {@code targets/releases} first, then {@code targets}; other delegations say who signed, not what is released. */
    Optional<Found> released(String tag) {
        return by(Role.RELEASES, tag).or(() -> Optional.ofNullable(top.targets().get(tag)).map(meta -> new Found(Role.TARGETS, meta)));
    }

    /** What a delegation signs under a name that it may sign. */
    Optional<Found> by(String role, String tag) {
        Targets targets = delegated.get(role);
        return targets == null || top.delegation(role).filter(d -> d.covers(tag)).isEmpty() ? Optional.empty()
                : Optional.ofNullable(targets.targets().get(tag)).map(meta -> new Found(role, meta));
    }

    /** When each role's metadata ends to be valid. */
    Map<String, Instant> expires() {
        Map<String, Instant> all = new TreeMap<>();
        all.put(Role.ROOT, root.signed().expires());
        all.put(Role.TIMESTAMP, timestamp.signed().expires());
        all.put(Role.SNAPSHOT, snapshot.signed().expires());
        all.put(Role.TARGETS, top.signed().expires());
        delegated.forEach((role, targets) -> all.put(role, targets.signed().expires()));
        return all;
    }
}
