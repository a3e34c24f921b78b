package dev.caisson.core.image;

import dev.caisson.core.content.Digest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says which blob is meant and what it must be (OCI image spec, descriptor.md).
 *
 * @param size bytes
 * @param platform of a manifest in an index; null if it does not say
 */
public record Descriptor(String mediaType, Digest digest, long size, Map<String, String> annotations, @Nullable Platform platform) {
    public Descriptor {
        annotations = Map.copyOf(annotations);
    }

    /** Without annotations. */
    public static Descriptor of(String mediaType, Digest digest, long size) {
        return new Descriptor(mediaType, digest, size, Map.of(), null);
    }
}
