package dev.caisson.core.trust;

import java.util.LinkedHashMap;
import java.util.Map;

/** Which files belong together; a timestamp is the same with the snapshot alone. */
record Snapshot(Signed signed, Map<String, FileMeta> files) {
    /** @param required files that must be named */
    static Snapshot parse(byte[] raw, Subject subject, String... required) {
        Signed signed = Signed.parse(raw, subject);
        Map<String, FileMeta> files = new LinkedHashMap<>();
        signed.body().objects("meta").forEach((name, json) -> files.put(name, FileMeta.parse(json)));
        for (String name : required) {
            if (!files.containsKey(name)) {
                throw signed.body().bad("it does not name " + name);
            }
        }
        return new Snapshot(signed, files);
    }

    FileMeta file(String name) {
        return java.util.Objects.requireNonNull(files.get(name));
    }
}
