package dev.caisson;

/**
 * What one layer of an image may come to while it is unpacked; what exceeds it is refused as a bomb. There are further bounds, of names, headers and windows, that no image
 * in use comes near and that cannot be changed.
 *
 * @param bytes uncompressed; 256 GiB by default
 * @param entries files, directories and links, with headers of their own counted too; 2,000,000 by default
 * @param ratio uncompressed bytes for each compressed one; 200 by default; it counts from 256 MiB on
 */
public record ImageLimits(long bytes, long entries, long ratio) {
    /** The defaults. */
    public static final ImageLimits DEFAULT = new ImageLimits(256L << 30, 2_000_000, 200);

    /**
     * Limits that are checked.
     *
     * @throws InvalidSpec if one is not positive
     */
    public ImageLimits {
        if (bytes < 1 || entries < 1 || ratio < 1) {
            throw new InvalidSpec("imageLimits(" + bytes + " bytes, " + entries + " entries, ratio " + ratio + ")", "a limit is not positive", "leave out what need not be limited");
        }
    }

    /**
     * The same with other uncompressed bytes.
     *
     * @param most uncompressed bytes of a layer
     * @return a copy
     * @throws InvalidSpec if it is not positive
     */
    public ImageLimits bytes(long most) {
        return new ImageLimits(most, entries, ratio);
    }

    /**
     * The same with another number of entries.
     *
     * @param most files, directories, links and headers of a layer
     * @return a copy
     * @throws InvalidSpec if it is not positive
     */
    public ImageLimits entries(long most) {
        return new ImageLimits(bytes, most, ratio);
    }

    /**
     * The same with another ratio. gzip cannot exceed 1032, zstd can by far.
     *
     * @param most uncompressed bytes for each compressed one
     * @return a copy
     * @throws InvalidSpec if it is not positive
     */
    public ImageLimits ratio(long most) {
        return new ImageLimits(bytes, entries, most);
    }
}
