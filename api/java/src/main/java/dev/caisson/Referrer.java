package dev.caisson;

import java.util.Map;

/**
 * A manifest that is attached to another one (OCI distribution spec, referrers). {@code name@digest} pulls it; nothing of it is verified yet.
 *
 * @param digest of the manifest
 * @param mediaType of the manifest
 * @param artifactType what it is; "" if that is not said
 * @param size bytes of the manifest
 * @param annotations what its maker noted on the manifest; empty if the registry does not say
 */
public record Referrer(String digest, String mediaType, String artifactType, long size, Map<String, String> annotations) {
    /** The map is copied. */
    public Referrer {
        annotations = Map.copyOf(annotations);
    }
}
