package dev.caisson.core.layer;

import dev.caisson.ImageLimits;

/**
 * What a layer may cost before it is refused: image bytes are an attacker's, so everything that is read has an end. Immutable; the defaults are far above
 * the largest images in use and far below what hurts a host.
 *
 * @param pathBytes bytes of a name or link target, 4095 (PATH_MAX without its NUL)
 * @param depth components of a name, 1024
 * @param paxBytes bytes of one extended header, pax or GNU, 1 MiB
 * @param xattrBytes bytes of names and values of one entry's extended attributes, 256 KiB
 * @param sparseExtents data extents of one sparse file, 65,536
 * @param entries headers in the archive, extended ones counted too, 2,000,000
 * @param directories of them directories, whose times are kept until the end, 500,000
 * @param totalBytes uncompressed bytes of the archive, 256 GiB
 * @param ratio uncompressed bytes for each compressed one, 200; gzip cannot exceed 1032, zstd can by far
 * @param ratioFrom uncompressed bytes from which the ratio counts, 256 MiB: a small layer of zeros is no bomb
 * @param zstdWindow bytes of history a zstd frame may ask for, 8 MiB: what RFC 8878 tells encoders not to exceed
 */
public record LayerLimits(
        int pathBytes, int depth, int paxBytes, int xattrBytes, int sparseExtents, long entries, long directories, long totalBytes, long ratio,
        long ratioFrom, long zstdWindow) {

    /** The documented defaults. */
    public static final LayerLimits DEFAULT =
            new LayerLimits(4095, 1024, 1 << 20, 256 << 10, 1 << 16, 2_000_000, 500_000, 256L << 30, 200, 256L << 20, 8L << 20);

    public LayerLimits {
        if (pathBytes < 1 || pathBytes > 4095 || depth < 1 || paxBytes < 1 || xattrBytes < 0 || sparseExtents < 0 || entries < 1 || directories < 0
                || totalBytes < 0 || ratio < 1 || ratioFrom < 0 || zstdWindow < 1024) {
            throw new IllegalArgumentException("a limit of a layer is not positive, or its paths exceed PATH_MAX: "
                    + pathBytes + " path bytes, ratio " + ratio + ", zstd window " + zstdWindow);
        }
    }

    /** The defaults, but for what users may set. */
    public static LayerLimits of(ImageLimits limits) {
        LayerLimits d = DEFAULT;
        return new LayerLimits(d.pathBytes, d.depth, d.paxBytes, d.xattrBytes, d.sparseExtents, limits.entries(), d.directories, limits.bytes(), limits.ratio(), d.ratioFrom,
                d.zstdWindow);
    }

    /** The same with another number of entries. */
    public LayerLimits withEntries(long most) {
        return new LayerLimits(pathBytes, depth, paxBytes, xattrBytes, sparseExtents, most, directories, totalBytes, ratio, ratioFrom, zstdWindow);
    }

    /** The same with another number of uncompressed bytes. */
    public LayerLimits withTotalBytes(long most) {
        return new LayerLimits(pathBytes, depth, paxBytes, xattrBytes, sparseExtents, entries, directories, most, ratio, ratioFrom, zstdWindow);
    }
}
