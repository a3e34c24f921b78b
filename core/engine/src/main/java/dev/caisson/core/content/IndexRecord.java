package dev.caisson.core.content;

import java.util.List;

/**
 * An index that is kept with all it names. It has names, else it is not kept; an image of it that is here has its names too.
 *
 * @param index its digest
 * @param references normalised names with tags, sorted
 * @param images what it names, in its order, those of nested indexes too
 */
public record IndexRecord(Digest index, List<String> references, List<Member> images) {
    /**
     * One image.
     *
     * @param manifest its digest
     * @param platform such as {@code linux/arm64}
     * @param size bytes of its blobs
     */
    public record Member(Digest manifest, String platform, long size) {}

    public IndexRecord {
        references = references.stream().distinct().sorted().toList();
        images = List.copyOf(images);
    }

    boolean has(Digest manifest) {
        return images.stream().anyMatch(m -> m.manifest().equals(manifest));
    }

    /** The same under other names. */
    public IndexRecord named(List<String> names) {
        return new IndexRecord(index, names, images);
    }
}
