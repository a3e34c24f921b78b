package dev.caisson;

import java.util.List;

/**
 * What went.
 *
 * @param removed names of what was removed, or ids of what had none
 * @param bytes freed on disk
 */
public record Pruned(List<String> removed, long bytes) {
    /** The list is copied. */
    public Pruned {
        removed = List.copyOf(removed);
    }
}
