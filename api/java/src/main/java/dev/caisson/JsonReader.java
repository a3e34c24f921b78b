package dev.caisson;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) as maps, lists, texts, numbers, booleans and null; the API has no library to do it. Strict: UTF-8, no comments, no trailing text, and no key twice in an
 * object, of which every reader would believe another one.
 */
final class JsonReader {
    /** How deep arrays and objects may lie in each other. */
    static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER = 64;

    /** What is no JSON, and where. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String why, int at) {
            super(why + " at character " + at);
        }
    }

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    /** @return a {@link Map}, {@link List}, {@link String}, {@link BigDecimal}, {@link Boolean}, or null */
    static @Nullable Object read(byte[] json) throws Malformed {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
        } catch (CharacterCodingException e) {
            throw new Malformed("is not UTF-8", 0);
        }
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        reader.space();
        if (reader.at < text.length()) {
            throw reader.malformed("has more text after its end");
        }
        return value;
    }

    private Malformed malformed(String why) {
        return new Malformed(why, at);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private @Nullable Object value() throws Malformed {
        space();
        if (at >= text.length()) {
            throw malformed("ends too early");
        }
        char c = text.charAt(at);
        return switch (c) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private @Nullable Object word(String word, @Nullable Object value) throws Malformed {
        if (!text.startsWith(word, at)) {
            throw malformed("has an unknown word");
        }
        at += word.length();
        return value;
    }

    private void open() throws Malformed {
        if (++depth > MAX_DEPTH) {
            throw malformed("is deeper than " + MAX_DEPTH);
        }
        at++;
    }

    private boolean next(char c) {
        space();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) throws Malformed {
        if (!next(c)) {
            throw malformed("lacks '" + c + "'");
        }
    }

    private Map<String, @Nullable Object> object() throws Malformed {
        open();
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        if (!next('}')) {
            do {
                space();
                if (at >= text.length() || text.charAt(at) != '"') {
                    throw malformed("lacks a key");
                }
                String key = string();
                expect(':');
                if (object.containsKey(key)) {
                    throw malformed("has the key \"" + key + "\" twice");
                }
                object.put(key, value());
            } while (next(','));
            expect('}');
        }
        depth--;
        return object;
    }

    private List<@Nullable Object> array() throws Malformed {
        open();
        List<@Nullable Object> array = new ArrayList<>();
        if (!next(']')) {
            do {
                array.add(value());
            } while (next(','));
            expect(']');
        }
        depth--;
        return array;
    }

    private String string() throws Malformed {
        StringBuilder string = new StringBuilder();
        at++;
        while (true) {
            if (at >= text.length()) {
                throw malformed("ends inside a text");
            }
            char c = text.charAt(at++);
            if (c == '"') {
                return string.toString();
            } else if (c < 0x20) {
                throw malformed("has a control character inside a text");
            }
            string.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws Malformed {
        char c = at < text.length() ? text.charAt(at++) : 0;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hexadecimal();
            default -> throw malformed("has an unknown escape");
        };
    }

    private char hexadecimal() throws Malformed {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.length() && text.charAt(at) < 0x80 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw malformed("has a \\u without four digits");
            }
            value = value << 4 | digit;
            at++;
        }
        return (char) value;
    }

    private BigDecimal number() throws Malformed {
        int start = at;
        take('-');
        if (!take('0')) {
            digits();
        }
        if (take('.')) {
            digits();
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            digits();
        }
        if (at - start > MAX_NUMBER) {
            throw malformed("has a number of more than " + MAX_NUMBER + " characters");
        }
        try {
            return new BigDecimal(text.substring(start, at));
        } catch (NumberFormatException e) { // an exponent that no int holds
            throw malformed("has a number nobody can hold");
        }
    }

    private boolean take(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        at += there ? 1 : 0;
        return there;
    }

    private void digits() throws Malformed {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw malformed("has no value where one must be");
        }
    }
}
