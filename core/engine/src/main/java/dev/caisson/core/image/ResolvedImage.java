package dev.caisson.core.image;

import dev.caisson.core.content.Digest;
import dev.caisson.spi.storage.LayerId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image ready to be run: pinned, its layers in the storage driver.
 *
 * @param reference what was asked for, normalised where it was a name
 * @param digest of the manifest
 * @param configDigest docker's image id
 * @param chain layers, lowest first; empty for an image without layers
 */
public record ResolvedImage(String reference, Digest digest, Digest configDigest, ImageConfig config, List<LayerId> chain) {
    public ResolvedImage {
        chain = List.copyOf(chain);
    }

    /** The uppermost layer, which a storage driver makes a root of; null without layers. */
    public @Nullable LayerId top() {
        return chain.isEmpty() ? null : chain.get(chain.size() - 1);
    }
}
