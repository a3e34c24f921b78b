package dev.caisson.core.trust;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What is signed under which name, and whom its signer lets sign too. */
record Targets(Signed signed, Map<String, FileMeta> targets, Map<String, TrustKey> keys, List<Delegation> delegations) {
    /** The name becomes part of a URL and of a path. */
    private static final Pattern NAME = Pattern.compile("targets(/[a-z0-9_][-a-z0-9_]*)+");
    private static final int LONGEST_NAME = 255;

    /**
     * Somebody else who may sign.
     *
     * @param paths beginnings of the names he may sign; "" for all
     */
    record Delegation(Role role, List<String> paths) {
        boolean covers(String target) {
            return paths.stream().anyMatch(target::startsWith);
        }
    }

    static Targets parse(byte[] raw, Subject subject) {
        Signed signed = Signed.parse(raw, subject);
        Map<String, FileMeta> targets = new LinkedHashMap<>();
        signed.body().objects("targets").forEach((name, json) -> targets.put(name, FileMeta.parse(json)));
        if (!signed.body().has("delegations")) {
            return new Targets(signed, targets, Map.of(), List.of());
        }
        Json given = signed.body().object("delegations");
        Map<String, TrustKey> keys = TrustKey.all(given);
        List<Delegation> delegations = new ArrayList<>();
        for (Json role : given.list("roles")) {
            String name = role.text("name");
            if (!NAME.matcher(name).matches() || name.length() > LONGEST_NAME || !name.startsWith(subject.role() + "/") || name.indexOf('/', subject.role().length() + 1) >= 0) {
                throw role.bad("'" + name.replaceAll("\\p{Cntrl}", "?") + "' is no name of a delegation of " + subject.role());
            }
            if (delegations.stream().anyMatch(d -> d.role().name().equals(name))) {
                throw role.bad("'" + name + "' is there twice");
            }
            delegations.add(new Delegation(Role.parse(name, role, keys), role.has("paths") ? role.texts("paths") : List.of()));
        }
        return new Targets(signed, targets, keys, delegations);
    }

    Optional<Delegation> delegation(String name) {
        return delegations.stream().filter(d -> d.role().name().equals(name)).findFirst();
    }
}
