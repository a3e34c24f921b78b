package dev.caisson.core.layer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * How a blob is compressed. It is told from its first bytes, never from what a manifest says: the media type is an attacker's too, and archives in use are
 * mislabelled.
 */
public enum Compression {
    /** A plain tar, or an empty blob. */
    NONE(""),
    /** RFC 1952, one or more members. */
    GZIP("+gzip"),
    /** RFC 8878, any number of frames, skippable ones too. */
    ZSTD("+zstd");

    private static final int BUFFER = 64 * 1024;
    private final String suffix;

    Compression(String suffix) {
        this.suffix = suffix;
    }

    /** What OCI appends to a layer's media type. */
    public String mediaTypeSuffix() {
        return suffix;
    }

    /**
     * The uncompressed bytes of a blob, within the limits' ratio and total. Reading throws {@link dev.caisson.ImageProblem} for what is damaged or a bomb,
     * IOException for what the source cannot deliver. Closing it releases the decoder and closes the source, which a failure to open closes too.
     */
    public static InputStream open(InputStream blob, LayerLimits limits, Fault fault) throws IOException {
        BufferedInputStream in = new BufferedInputStream(blob, BUFFER);
        try {
            CountedInput counted = new CountedInput(in);
            return switch (detect(in, fault)) {
                case NONE -> in;
                case GZIP -> new RatioGuard(new GzipInput(counted, fault), counted, limits, fault);
                case ZSTD -> new RatioGuard(ZstdInput.open(counted, limits, fault), counted, limits, fault);
            };
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** Looks at the first bytes of a stream that supports mark. */
    public static Compression detect(InputStream in, Fault fault) throws IOException {
        in.mark(8);
        byte[] head = in.readNBytes(6);
        in.reset();
        if (startsWith(head, 0x1f, 0x8b)) {
            return GZIP;
        }
        if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) || head.length >= 4 && (head[0] & 0xf0) == 0x50 && startsWith(head, head[0] & 0xff, 0x2a, 0x4d, 0x18)) {
            return ZSTD;
        }
        if (startsWith(head, 'B', 'Z', 'h') || startsWith(head, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            throw fault.unsupported("it is compressed with " + (head[0] == 'B' ? "bzip2" : "xz") + ", which OCI has no layers of",
                    "decompress it first, or compress it with gzip or zstd");
        }
        return NONE;
    }

    private static boolean startsWith(byte[] head, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= head.length || (head[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
