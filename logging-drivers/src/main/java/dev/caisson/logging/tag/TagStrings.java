package dev.caisson.logging.tag;

import dev.caisson.logging.tag.TagTemplate.TagException;

/** String constants of templates: {@code "…"} with escapes, {@code `…`} without. */
final class TagStrings {
    private TagStrings() {}

    /** Where the constant that begins at {@code start} ends, behind its quote. */
    static int end(String text, int start) {
        char quote = text.charAt(start);
        for (int i = start + 1; i < text.length(); i++) {
            if (text.charAt(i) == quote) {
                return i + 1;
            }
            if (quote == '"' && text.charAt(i) == '\\') {
                i++;
            }
        }
        throw new TagException("the string at " + start + " is not closed", "end it with " + quote);
    }

    static String read(String text, int start) {
        int end = end(text, start) - 1;
        if (text.charAt(start) == '`') {
            return text.substring(start + 1, end);
        }
        StringBuilder out = new StringBuilder();
        for (int i = start + 1; i < end; i++) {
            char c = text.charAt(i);
            out.append(c == '\\' ? escaped(text, ++i) : c);
        }
        return out.toString();
    }

    private static char escaped(String text, int at) {
        return switch (text.charAt(at)) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '"' -> '"';
            case '\\' -> '\\';
            default -> throw new TagException("the escape \\" + text.charAt(at) + " is unknown", "known: \\n \\t \\r \\\" \\\\");
        };
    }
}
