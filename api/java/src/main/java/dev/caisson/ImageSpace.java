package dev.caisson;

import java.time.Instant;
import java.util.List;

/**
 * What one image takes on disk ({@code docker system df -v}).
 *
 * @param id digest of its configuration, {@code sha256:…}
 * @param references normalised names; empty for an image without one
 * @param created by its own account; 1970 if it does not say
 * @param bytes all that it needs, compressed and unpacked
 * @param sharedBytes how much of that another image needs too
 * @param containers how many containers of this engine stand on its layers; those of other engines keep an image too, and are counted by
 *     {@link ImageUsage#inUse()} alone
 */
public record ImageSpace(String id, List<String> references, Instant created, long bytes, long sharedBytes, int containers) {
    /** The list is copied. */
    public ImageSpace {
        references = List.copyOf(references);
    }

    /** {@return what would be free without it} */
    public long uniqueBytes() {
        return bytes - sharedBytes;
    }
}
