package dev.caisson.core.layer;

import dev.caisson.core.layer.TarEntry.Extent;
import java.util.ArrayList;
import java.util.List;

/**
 * The map of a sparse file, collected from any of its four notations: old GNU headers, and the pax forms 0.0 (repeated keys), 0.1 (one list) and 1.0 (at the
 * head of the data). Source: GNU tar manual, "Storing Sparse Files".
 */
final class SparseMap {
    private final List<Extent> extents = new ArrayList<>();
    private final LayerLimits limits;
    private final Fault fault;
    private long pendingOffset = -1;

    SparseMap(LayerLimits limits, Fault fault) {
        this.limits = limits;
        this.fault = fault;
    }

    /** Up to {@code count} pairs of an old GNU header; an empty pair ends them. */
    void addOldGnu(TarHeader header, int at, int count) {
        for (int i = 0; i < count && header.intAt(at + 24 * i) != 0; i++) {
            add(header.number(at + 24 * i, 12, "sparse offset"), header.number(at + 24 * i + 12, 12, "sparse length"));
        }
    }

    /** A {@code GNU.sparse.offset} or {@code GNU.sparse.numbytes} of format 0.0. */
    void addPair(boolean offset, long value) {
        if (offset == pendingOffset >= 0) {
            throw fault.malformed("the sparse map does not alternate between offsets and lengths");
        }
        if (offset) {
            pendingOffset = value;
        } else {
            add(pendingOffset, value);
            pendingOffset = -1;
        }
    }

    /** The comma-separated list of format 0.1. */
    void addList(String list) {
        int at = 0;
        long offset = -1;
        while (at < list.length()) {
            int comma = list.indexOf(',', at);
            int end = comma < 0 ? list.length() : comma;
            long value = decimal(list.substring(at, end), fault);
            if (offset < 0) {
                offset = value;
            } else {
                add(offset, value);
                offset = -1;
            }
            at = end + 1;
        }
        if (offset >= 0) {
            throw fault.malformed("the sparse map ends in the middle of a pair");
        }
    }

    void add(long offset, long length) {
        if (extents.size() >= limits.sparseExtents()) {
            throw fault.excess("the sparse map has more than " + limits.sparseExtents() + " extents");
        }
        long from = extents.isEmpty() ? 0 : extents.get(extents.size() - 1).offset() + extents.get(extents.size() - 1).length();
        if (offset < from || length < 0 || offset > Long.MAX_VALUE - length) {
            throw fault.malformed("the sparse map goes backwards at offset " + offset);
        }
        extents.add(new Extent(offset, length));
    }

    /** The map, if it agrees with the file's size and with what is stored. */
    List<Extent> finish(long realSize, long stored) {
        long sum = 0;
        long end = 0;
        for (Extent e : extents) {
            sum += e.length();
            end = e.offset() + e.length();
        }
        if (pendingOffset >= 0 || sum != stored || end > realSize) {
            throw fault.malformed("the sparse map has " + sum + " bytes up to " + end + ", but " + stored + " are stored of a file of " + realSize);
        }
        return extents.stream().filter(e -> e.length() > 0).toList();
    }

    /** A decimal number without sign, at most 63 bits. */
    static long decimal(String text, Fault fault) {
        if (text.isEmpty() || text.length() > 19 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw fault.malformed("'" + (text.length() > 40 ? text.substring(0, 40) + "…" : Fault.quoted(text)) + "' is no decimal number");
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw fault.malformed("the number " + text + " exceeds 63 bits");
        }
    }
}
