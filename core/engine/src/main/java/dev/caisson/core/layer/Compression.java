package dev.caisson.core.layer;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.linux.deflate.Decoder;
import dev.caisson.linux.deflate.Decoders;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

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

    /** So many first bytes tell. */
    private static final int HEAD = 6;
    private static final String INFLATE_REMEDY = "leave -D" + Decoders.PROPERTY + " out, which takes the fastest decoder there is; for isal: " + Decoders.ISAL_REMEDY;
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
     *
     * @throws EngineProblem if the system property asks for a decoder that cannot be had
     */
    public static PlainInput open(InputStream blob, LayerLimits limits, Fault fault) throws IOException {
        return open(blob, limits, fault, Compression::decoder);
    }

    /** The one that the system property chooses, if it can be had. */
    private static Decoder decoder() {
        try {
            return Decoders.make();
        } catch (IllegalArgumentException e) {
            throw new EngineProblem(Stage.UNPACK, "no layer is decompressed: " + e.getMessage(), INFLATE_REMEDY, e);
        }
    }

    /** @param gzip what decodes gzip's streams */
    static PlainInput open(InputStream blob, LayerLimits limits, Fault fault, Supplier<Decoder> gzip) throws IOException {
        BlobInput in = new BlobInput(blob);
        try {
            return switch (of(in.head(HEAD), fault)) {
                case NONE -> new StoredInput(in);
                case GZIP -> new RatioGuard(new GzipInput(in, fault, gzip.get()), in, limits, fault);
                case ZSTD -> new RatioGuard(new ZstdInput(in, limits, fault), in, limits, fault);
            };
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** Looks at the first bytes of a stream that supports mark. */
    public static Compression detect(InputStream in, Fault fault) throws IOException {
        in.mark(HEAD);
        byte[] head = in.readNBytes(HEAD);
        in.reset();
        return of(head, fault);
    }

    private static Compression of(byte[] head, Fault fault) {
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
