package dev.caisson;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An image of the local store.
 *
 * @param id digest of its configuration, {@code sha256:…}
 * @param digest digest of its manifest
 * @param references normalised names, {@code docker.io/library/nginx:latest}; empty for an untagged one
 * @param platform {@code linux/amd64}
 * @param created by its own account; 1970 if it does not say
 * @param size bytes of its layers as stored (compressed)
 * @param labels those of its configuration
 */
public record Image(String id, String digest, List<String> references, String platform, Instant created, long size, Map<String, String> labels) {
    /** List and map are copied. */
    public Image {
        references = List.copyOf(references);
        labels = Map.copyOf(labels);
    }
}
