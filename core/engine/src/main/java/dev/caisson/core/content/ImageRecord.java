package dev.caisson.core.content;

import dev.caisson.spi.storage.LayerId;
import java.time.Instant;
import java.util.List;

/**
 * An image this host has, as docker lists it.
 *
 * @param manifest digest of its manifest
 * @param config digest of its configuration: docker's image id
 * @param references normalised names with tags, sorted; empty for an image without a name
 * @param created when the image was made, by its own account
 * @param size bytes of its compressed layers
 * @param platform such as {@code linux/amd64}
 * @param layers the chain, lowest first; empty for an image without layers
 */
public record ImageRecord(
        Digest manifest, Digest config, List<String> references, Instant created, long size, String platform, List<LayerId> layers) {
    public ImageRecord {
        references = references.stream().distinct().sorted().toList();
        layers = List.copyOf(layers);
    }

    /** The same under other names. */
    public ImageRecord named(List<String> names) {
        return new ImageRecord(manifest, config, names, created, size, platform, layers);
    }
}
