package dev.caisson.linux.deflate;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decoders there are: the JDK's, and Intel's ISA-L where the host has it ({@code libisal.so.2}; Debian: libisal2), which takes less than half of the time. It is loaded at
 * the first use, tried on a known stream, and not used if anything about it is not as expected.
 */
public final class Decoders {
    /** The system property that chooses: {@code jdk} or {@code isal}; without it the faster one that works. */
    public static final String PROPERTY = "caisson.inflate";

    /** What brings ISA-L. */
    public static final String ISAL_REMEDY = "apt-get install libisal2 (a distribution's package with libisal.so.2)";

    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.inflate");

    /** Bytes after the stream that is tried. */
    private static final int TRAILING = 11;

    private Decoders() {}

    /**
     * One, to be closed.
     *
     * @throws IllegalArgumentException if the property has another value, or asks for what does not work here
     */
    public static Decoder make() {
        return make(wanted(), Isal::problemOnce);
    }

    /** What the property says; "" if it says nothing. */
    public static String wanted() {
        return System.getProperty(PROPERTY, "");
    }

    /** @param problem with ISA-L, "" for none; asked for only where that matters */
    static Decoder make(String wanted, Supplier<String> problem) {
        return switch (wanted) {
            case "" -> problem.get().isEmpty() ? new IsalDecoder() : new JdkDecoder();
            case "jdk" -> new JdkDecoder();
            case "isal" -> {
                if (!problem.get().isEmpty()) {
                    throw new IllegalArgumentException("-D" + PROPERTY + "=isal, but " + problem.get());
                }
                yield new IsalDecoder();
            }
            default -> throw new IllegalArgumentException("-D" + PROPERTY + "=" + wanted + " is neither jdk nor isal");
        };
    }

    /** The JDK's, whatever the property says; to be closed. */
    public static Decoder jdk() {
        return new JdkDecoder();
    }

    /** Why ISA-L is not used where nobody chooses; empty if it is. */
    public static String isalProblem() {
        return Isal.problemOnce();
    }

    /** Looked at once in a JVM, by the first who asks. */
    private static final class Isal {
        private static final String PROBLEM = problem();

        static String problemOnce() {
            return PROBLEM;
        }

        private static String problem() {
            try {
                String problem = tried(IsalDecoder::new);
                LOG.debug("ISA-L: {}", problem.isEmpty() ? "used" : problem);
                return problem;
            } catch (LinkageError | RuntimeException e) {
                LOG.debug("ISA-L is not used", e);
                return "libisal.so.2 cannot be used: " + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            }
        }
    }

    /** Decodes a stream with all types of blocks, in small pieces and with bytes after its end. @return what is wrong with the decoder; empty if nothing is */
    static String tried(Supplier<Decoder> made) {
        byte[] plain = new byte[150_000];
        new Random(1951).nextBytes(plain);
        for (int i = 0; i < plain.length; i++) {
            plain[i] = i % 50_000 < 15_000 ? plain[i] : (byte) (i % 50_000 < 30_000 ? plain[i] % 11 : "the quick brown fox".charAt(i % 19));
        }
        byte[] stream = blocks(plain);
        try (Decoder decoder = made.get()) {
            for (int piece : new int[] {stream.length + 5, 1000, 1}) {
                decoder.reset();
                // The long pieces in place, the others by copies.
                ByteBuffer out = piece > 1000 ? ByteBuffer.allocateDirect(plain.length + 1) : ByteBuffer.allocate(plain.length + 1);
                ByteBuffer in = piece > 1 ? ByteBuffer.allocateDirect(stream.length).put(stream) : ByteBuffer.wrap(stream);
                int at = 0;
                while (!decoder.finished()) {
                    out.limit(Math.min(out.capacity(), out.position() + 90_000));
                    int n = decoder.decode(out);
                    if (n == 0 && !decoder.finished()) {
                        if (at >= stream.length) {
                            return "it does not find the end of a stream";
                        }
                        int end = Math.min(stream.length, at + piece);
                        decoder.input(in.limit(end).position(at));
                        at = end;
                    }
                }
                int done = out.position();
                if (!out.flip().equals(ByteBuffer.wrap(plain)) || decoder.written() != done) {
                    return "it decodes a stream wrongly";
                }
                if (at - decoder.remaining() != stream.length - TRAILING) {
                    return "it ends a stream at the wrong byte";
                }
            }
            decoder.reset();
            decoder.input(ByteBuffer.wrap(new byte[] {7, 7, 7, 7, 7})); // the reserved type
            return refuses(decoder) ? "" : "it takes garbage";
        } catch (DataFormatException e) {
            return "it refuses a stream: " + e.getMessage();
        }
    }

    private static boolean refuses(Decoder decoder) {
        try {
            decoder.decode(ByteBuffer.allocate(10));
            return false;
        } catch (DataFormatException e) {
            return true;
        }
    }

    /** Dynamic, stored and fixed codes, then bytes that are not the stream's. */
    private static byte[] blocks(byte[] plain) {
        Deflater deflater = new Deflater(9, true);
        byte[] out = new byte[plain.length + 1000];
        try {
            int n = 0;
            for (int third = 0; third < 3; third++) {
                deflater.setLevel(3 * third);
                deflater.setInput(plain, third * (plain.length / 3), plain.length / 3);
                while (!deflater.needsInput()) {
                    n += deflater.deflate(out, n, out.length - n, Deflater.SYNC_FLUSH);
                }
            }
            deflater.finish();
            while (!deflater.finished()) {
                n += deflater.deflate(out, n, out.length - n);
            }
            return Arrays.copyOf(out, n + TRAILING);
        } finally {
            deflater.end();
        }
    }
}
