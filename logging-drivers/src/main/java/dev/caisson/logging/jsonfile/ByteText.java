package dev.caisson.logging.jsonfile;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Text as bytes that grows. */
final class ByteText {
    private byte[] bytes;
    private int length;

    ByteText(int capacity) {
        bytes = new byte[capacity];
    }

    void clear() {
        length = 0;
    }

    void add(int b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
        }
        bytes[length++] = (byte) b;
    }

    /** A code point as UTF-8. */
    void addCodePoint(int c) {
        if (c < 0x80) {
            add(c);
        } else if (c < 0x800) {
            add(0xc0 | c >> 6);
            add(0x80 | c & 0x3f);
        } else if (c < 0x10000) {
            add(0xe0 | c >> 12);
            add(0x80 | c >> 6 & 0x3f);
            add(0x80 | c & 0x3f);
        } else {
            add(0xf0 | c >> 18);
            add(0x80 | c >> 12 & 0x3f);
            add(0x80 | c >> 6 & 0x3f);
            add(0x80 | c & 0x3f);
        }
    }

    boolean is(String ascii) {
        if (length != ascii.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[i] != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean endsWith(char c) {
        return length > 0 && bytes[length - 1] == c;
    }

    /** The bytes; valid until the next change. */
    ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes, 0, length);
    }
}
