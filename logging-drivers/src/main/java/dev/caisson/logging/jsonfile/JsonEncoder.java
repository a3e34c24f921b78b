package dev.caisson.logging.jsonfile;

import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogEntry.Stream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;

/**
 * Log entries as docker's jsonfilelog writes them, byte for byte:
 * {@code {"log":"text\n","stream":"stdout","attrs":{"k":"v"},"time":"2024-05-01T10:00:00.12Z"}}.
 *
 * <p>The newline is part of the text, and missing from all pieces of a long line but the last. Bytes that are not UTF-8 are written
 * as U+FFFD, one for each: the format cannot keep them. Encoding makes no objects, save once a second and when a line is longer
 * than any before. Not for several threads.
 */
final class JsonEncoder {
    private static final int FIRST = 4 * 1024;
    /** A buffer that a rare long line made larger than this is not kept. */
    private static final int KEPT = 256 * 1024;
    /** The longest form of a byte: a six-character escape. */
    private static final int WIDEST = 6;
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] LOG = ascii("\"log\":\"");
    private static final byte[] NEWLINE = ascii("\\n");
    private static final byte[] END_LOG = ascii("\",");
    private static final byte[] STDOUT = ascii("\"stream\":\"stdout\",");
    private static final byte[] STDERR = ascii("\"stream\":\"stderr\",");
    private static final byte[] TIME = ascii("\"time\":\"");
    private static final byte[] END = ascii("\"}\n");
    private static final byte[] INVALID = ascii("\\ufffd");
    private static final int FRAME = 64 + Rfc3339.LONGEST;

    private final byte[] attributes;
    private final Rfc3339 time = new Rfc3339();
    // Direct: what is written goes to the kernel without a copy.
    private ByteBuffer out = ByteBuffer.allocateDirect(FIRST);

    /** @param attributes written into each line, in their order; empty for none */
    JsonEncoder(SortedMap<String, String> attributes) {
        this.attributes = attributes.isEmpty() ? new byte[0] : encode(attributes);
    }

    /** One entry as a line with its newline, valid until the next call. The entry's buffer is not moved. */
    ByteBuffer encode(LogEntry entry) {
        ByteBuffer line = entry.line();
        reserve(WIDEST * line.remaining() + attributes.length + FRAME);
        boolean ends = entry.partial() == null || entry.partial().last();
        out.put((byte) '{');
        if (ends || line.hasRemaining()) {
            out.put(LOG);
            string(line, out);
            if (ends) {
                out.put(NEWLINE);
            }
            out.put(END_LOG);
        }
        out.put(entry.stream() == Stream.STDOUT ? STDOUT : STDERR).put(attributes).put(TIME);
        time.write(entry.epochSecond(), entry.nano(), out);
        return out.put(END).flip();
    }

    private void reserve(int bytes) {
        out.clear();
        if (out.capacity() < bytes || out.capacity() > KEPT && bytes <= KEPT) {
            out = ByteBuffer.allocateDirect(Math.max(FIRST, Integer.highestOneBit(Math.max(1, bytes - 1)) << 1));
        }
    }

    /** The inside of a JSON string, escaped as Go's encoding/json does for HTML. */
    private static void string(ByteBuffer in, ByteBuffer out) {
        int end = in.limit();
        int plain = in.position();
        int at = plain;
        while (at < end) {
            int b = in.get(at);
            int length = b >= 0 ? 1 : Utf8.length(in, at, end);
            if (b >= 0 ? isPlain(b) : length > 0 && !isSeparator(in, at, length)) {
                at += length;
                continue;
            }
            copy(in, plain, at, out);
            if (b >= 0) {
                escape(b, out);
            } else if (length == 0) {
                out.put(INVALID);
                length = 1;
            } else {
                out.put((byte) '\\').put((byte) 'u').put((byte) '2').put((byte) '0').put((byte) '2').put(HEX[in.get(at + 2) & 0xf]);
            }
            at += length;
            plain = at;
        }
        copy(in, plain, end, out);
    }

    private static void copy(ByteBuffer in, int from, int to, ByteBuffer out) {
        int at = out.position();
        out.put(at, in, from, to - from).position(at + to - from);
    }

    private static boolean isPlain(int b) {
        return b >= 0x20 && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&';
    }

    /** U+2028 and U+2029, which end lines in JavaScript. */
    private static boolean isSeparator(ByteBuffer in, int at, int length) {
        return length == 3 && in.get(at) == (byte) 0xe2 && in.get(at + 1) == (byte) 0x80 && (in.get(at + 2) & 0xfe) == 0xa8;
    }

    private static void escape(int b, ByteBuffer out) {
        out.put((byte) '\\');
        switch (b) {
            case '"', '\\' -> out.put((byte) b);
            case '\n' -> out.put((byte) 'n');
            case '\r' -> out.put((byte) 'r');
            default -> out.put((byte) 'u').put((byte) '0').put((byte) '0').put(HEX[b >> 4]).put(HEX[b & 0xf]);
        }
    }

    private static byte[] encode(SortedMap<String, String> attributes) {
        int bytes = 16;
        for (Map.Entry<String, String> e : attributes.entrySet()) {
            bytes += WIDEST * 3 * (e.getKey().length() + e.getValue().length()) + 8;
        }
        ByteBuffer out = ByteBuffer.allocate(bytes).put(ascii("\"attrs\":{"));
        String comma = "\"";
        for (Map.Entry<String, String> e : attributes.entrySet()) {
            out.put(ascii(comma));
            string(utf8(e.getKey()), out);
            out.put(ascii("\":\""));
            string(utf8(e.getValue()), out);
            out.put((byte) '"');
            comma = ",\"";
        }
        out.put(ascii("},"));
        byte[] encoded = new byte[out.flip().remaining()];
        out.get(encoded);
        return encoded;
    }

    private static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
