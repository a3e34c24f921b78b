package dev.caisson;

import java.util.List;

/**
 * An image for several platforms: an OCI index or docker manifest list with all that it names.
 *
 * @param digest of the index
 * @param references its normalised names, which the image for this host has too
 * @param images what it names, in its order
 */
public record ImageIndex(String digest, List<String> references, List<Member> images) {
    /** The lists are copied. */
    public ImageIndex {
        references = List.copyOf(references);
        images = List.copyOf(images);
    }

    /**
     * One of its images.
     *
     * @param digest of its manifest
     * @param platform such as {@code linux/arm64/v8}; {@code unknown/unknown} for what is no image, such as an attestation
     * @param size bytes of its blobs as stored
     */
    public record Member(String digest, String platform, long size) {}
}
