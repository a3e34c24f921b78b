package dev.caisson.logging.jsonfile;

import java.nio.ByteBuffer;

/** The few pieces of JSON that a log line is made of. Every method answers false where the text is none; nothing throws. */
final class JsonScanner {
    private static final int REPLACEMENT = 0xfffd;

    private ByteBuffer in = ByteBuffer.allocate(0);
    private int at;
    private int end;

    void start(ByteBuffer text) {
        in = text;
        at = text.position();
        end = text.limit();
    }

    /** Whether only white space follows. */
    boolean atEnd() {
        space();
        return at == end;
    }

    /** Takes the character, if it is next after white space. */
    boolean take(char c) {
        space();
        if (at < end && in.get(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void space() {
        while (at < end && (in.get(at) == ' ' || in.get(at) == '\t' || in.get(at) == '\r' || in.get(at) == '\n')) {
            at++;
        }
    }

    /** Takes a string; its text without escapes replaces what {@code into} had. */
    boolean string(ByteText into) {
        into.clear();
        if (!take('"')) {
            return false;
        }
        while (at < end) {
            int b = in.get(at++);
            if (b == '"') {
                return true;
            }
            if (b >= 0 && b < 0x20 || b == '\\' && !escape(into)) {
                return false;
            }
            if (b != '\\') {
                into.add(b);
            }
        }
        return false;
    }

    private boolean escape(ByteText into) {
        int c = at < end ? in.get(at++) : -1;
        switch (c) {
            case '"', '\\', '/' -> into.add(c);
            case 'n' -> into.add('\n');
            case 'r' -> into.add('\r');
            case 't' -> into.add('\t');
            case 'b' -> into.add('\b');
            case 'f' -> into.add('\f');
            case 'u' -> {
                return unicode(into);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Four hex digits, or two such escapes for what is above U+FFFF; half of a pair is written as U+FFFD. */
    private boolean unicode(ByteText into) {
        int unit = hex(at);
        if (unit < 0) {
            return false;
        }
        at += 4;
        int low = Character.isHighSurrogate((char) unit) && at + 6 <= end && in.get(at) == '\\' && in.get(at + 1) == 'u' ? hex(at + 2) : -1;
        if (low >= 0 && Character.isLowSurrogate((char) low)) {
            at += 6;
            into.addCodePoint(Character.toCodePoint((char) unit, (char) low));
        } else {
            into.addCodePoint(Character.isSurrogate((char) unit) ? REPLACEMENT : unit);
        }
        return true;
    }

    private int hex(int from) {
        if (from + 4 > end) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = in.get(i) < 0 ? -1 : Character.digit(in.get(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** Passes over any value; objects and lists to a depth. */
    boolean skip(int depth) {
        space();
        if (at == end || depth == 0) {
            return false;
        }
        return switch (in.get(at)) {
            case '"' -> string(new ByteText(32));
            case '{' -> members(depth);
            case '[' -> elements(depth);
            default -> word();
        };
    }

    private boolean members(int depth) {
        at++;
        if (take('}')) {
            return true;
        }
        ByteText name = new ByteText(32);
        do {
            if (!string(name) || !take(':') || !skip(depth - 1)) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    private boolean elements(int depth) {
        at++;
        if (take(']')) {
            return true;
        }
        do {
            if (!skip(depth - 1)) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    /** A number or one of true, false and null. */
    private boolean word() {
        int start = at;
        while (at < end && (Character.isLetterOrDigit(in.get(at)) || in.get(at) == '-' || in.get(at) == '+' || in.get(at) == '.')) {
            at++;
        }
        return at > start;
    }
}
