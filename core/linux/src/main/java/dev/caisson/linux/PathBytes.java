package dev.caisson.linux;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Names of the kernel as strings without loss. A file name is bytes, any but NUL and slash; as a string it is UTF-8, and a
 * byte that is not UTF-8 becomes the lone surrogate {@code U+DC00 + byte}, as in Python's {@code surrogateescape}
 * (PEP 383). Only bytes from 0x80 on can be written so: no surrogate can smuggle in a slash or a NUL.
 */
public final class PathBytes {
    private static final char ESCAPE = '\uDC00';

    private PathBytes() {}

    /** The bytes of a name; NUL and any surrogate that escapes no byte are refused with IllegalArgumentException. */
    public static byte[] encode(String name) {
        if (name.indexOf(0) >= 0) {
            throw nul(name);
        }
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
            byte[] result = new byte[bytes.remaining()];
            bytes.get(result);
            return result;
        } catch (CharacterCodingException loneSurrogate) {
            return encodeEscaped(name);
        }
    }

    private static byte[] encodeEscaped(String name) {
        ByteBuffer out = ByteBuffer.allocate(name.length() * 3);
        for (int i = 0; i < name.length(); ) {
            int c = name.codePointAt(i);
            i += Character.charCount(c);
            if (c > ESCAPE + 0x7f && c <= ESCAPE + 0xff) {
                out.put((byte) (c - ESCAPE));
            } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException("name \"" + printable(name) + "\" has a surrogate that stands for no byte");
            } else {
                out.put(new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] result = new byte[out.flip().remaining()];
        out.get(result);
        return result;
    }

    /** The string for a name's bytes; {@link #encode} gives the same bytes back. */
    public static String decode(byte[] name) {
        return decode(name, 0, name.length);
    }

    static String decode(byte[] name, int from, int length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name, from, length)).toString();
        } catch (CharacterCodingException notUtf8) {
            return decodeEscaped(ByteBuffer.wrap(name, from, length));
        }
    }

    private static String decodeEscaped(ByteBuffer in) {
        StringBuilder out = new StringBuilder(in.remaining());
        CharBuffer chars = CharBuffer.allocate(in.remaining());
        var decoder = StandardCharsets.UTF_8.newDecoder();
        while (true) {
            var result = decoder.decode(in, chars, true);
            out.append(chars.flip());
            chars.clear();
            if (!result.isMalformed()) {
                return out.toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.append((char) (ESCAPE + (in.get() & 0xff)));
            }
            decoder.reset();
        }
    }

    /** The bytes of a path of the JDK as one string, right even where the JVM's locale is not UTF-8. */
    public static String of(Path path) {
        String text = path.toString();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return decode(rawBytes(path));
            }
        }
        return text;
    }

    /** Only the URI of a UnixPath shows its bytes: percent-encoded, absolute, with a slash after a directory. */
    private static byte[] rawBytes(Path path) {
        String raw = path.toUri().getRawPath();
        ByteBuffer out = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                out.put((byte) Integer.parseInt(raw, i + 1, i + 3, 16));
                i += 2;
            } else {
                out.put((byte) c);
            }
        }
        int length = out.position() > 1 && raw.endsWith("/") ? out.position() - 1 : out.position();
        byte[] bytes = new byte[length];
        out.flip().get(bytes);
        return bytes;
    }

    static IllegalArgumentException nul(String name) {
        return new IllegalArgumentException("\"" + printable(name) + "\" contains a NUL byte, which ends a name for the kernel");
    }

    /** The string as it may stand in a message: control characters and lone surrogates escaped. */
    static String printable(String name) {
        StringBuilder out = null;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 0x20 || c == 0x7f || Character.isSurrogate(c)) {
                out = out == null ? new StringBuilder(name.substring(0, i)) : out;
                out.append(String.format("\\u%04x", (int) c));
            } else if (out != null) {
                out.append(c);
            }
        }
        return out == null ? name : out.toString();
    }
}
