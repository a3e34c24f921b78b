package dev.caisson.logging.tag;

import dev.caisson.logging.tag.TagTemplate.TagException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The functions of tag templates, as docker's templates package has them. Values are String, Long, List and Map. */
final class TagFunctions {
    private static final int LONGEST = 64 * 1024;

    /** A function of so many arguments. */
    record Known(int arguments, Function<List<Object>, Object> body) {}

    static final Map<String, Known> ALL = new TreeMap<>(Map.of(
            "json", new Known(1, a -> json(a.get(0))),
            "split", new Known(2, a -> List.of(string(a, 0).split(Pattern.quote(string(a, 1)), -1))),
            "join", new Known(2, a -> join(a)),
            "title", new Known(1, a -> title(string(a, 0))),
            "lower", new Known(1, a -> string(a, 0).toLowerCase(Locale.ROOT)),
            "upper", new Known(1, a -> string(a, 0).toUpperCase(Locale.ROOT)),
            "pad", new Known(3, a -> pad(string(a, 0), number(a, 1), number(a, 2))),
            "truncate", new Known(2, a -> truncate(string(a, 0), number(a, 1))),
            "index", new Known(2, a -> index(a)),
            "len", new Known(1, a -> length(a.get(0)))));

    private TagFunctions() {}

    /** A value as it stands in the output. */
    static String text(Object value) {
        if (value instanceof List<?> list) {
            return "[" + String.join(" ", list.stream().map(TagFunctions::text).toList()) + "]";
        }
        if (value instanceof Map<?, ?> map) {
            List<String> pairs = new ArrayList<>();
            new TreeMap<>(map).forEach((k, v) -> pairs.add(k + ":" + v));
            return "map[" + String.join(" ", pairs) + "]";
        }
        return value.toString();
    }

    private static String string(List<Object> arguments, int i) {
        if (arguments.get(i) instanceof String s) {
            return s;
        }
        throw new TagException("argument " + (i + 1) + " is " + text(arguments.get(i)) + ", not a string", "");
    }

    private static int number(List<Object> arguments, int i) {
        if (arguments.get(i) instanceof Long n && n >= 0 && n <= LONGEST) {
            return n.intValue();
        }
        throw new TagException("argument " + (i + 1) + " is " + text(arguments.get(i)) + ", not a number from 0 to " + LONGEST, "");
    }

    private static Object join(List<Object> arguments) {
        if (arguments.get(0) instanceof Collection<?> list) {
            return String.join(string(arguments, 1), list.stream().map(TagFunctions::text).toList());
        }
        throw new TagException("join got " + text(arguments.get(0)) + ", not a list", "split it first");
    }

    private static Object index(List<Object> arguments) {
        Object key = arguments.get(1);
        if (arguments.get(0) instanceof Map<?, ?> map && key instanceof String) {
            Object found = map.get(key);
            return found == null ? "" : found;
        }
        if (arguments.get(0) instanceof List<?> list && key instanceof Long at && at >= 0 && at < list.size()) {
            return list.get(at.intValue());
        }
        throw new TagException("index finds no " + text(key) + " in " + text(arguments.get(0)), "");
    }

    private static Object length(Object value) {
        return value instanceof Collection<?> c ? (Long) (long) c.size() : value instanceof Map<?, ?> m ? (Long) (long) m.size()
                : (Long) (long) text(value).length();
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            if (i == 0 || !Character.isLetterOrDigit(out.charAt(i - 1)) && out.charAt(i - 1) != '_' && out.charAt(i - 1) != '\'') {
                out.setCharAt(i, Character.toTitleCase(out.charAt(i)));
            }
        }
        return out.toString();
    }

    private static String pad(String text, int before, int after) {
        return text.isEmpty() ? text : " ".repeat(before) + text + " ".repeat(after);
    }

    private static String truncate(String text, int length) {
        return text.length() < length ? text : text.substring(0, length);
    }

    private static String json(Object value) {
        if (value instanceof String s) {
            return quoted(s);
        }
        if (value instanceof List<?> list) {
            return "[" + String.join(",", list.stream().map(TagFunctions::json).toList()) + "]";
        }
        if (value instanceof Map<?, ?> map) {
            List<String> pairs = new ArrayList<>();
            new TreeMap<>(map).forEach((k, v) -> pairs.add(quoted(text(k)) + ":" + json(v)));
            return "{" + String.join(",", pairs) + "}";
        }
        return text(value);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().forEach(c -> {
            switch (c) {
                case '"', '\\' -> out.append('\\').append((char) c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x2028 || c == 0x2029) {
                        out.append(String.format("\\u%04x", c));
                    } else {
                        out.append((char) c);
                    }
                }
            }
        });
        return out.append('"').toString();
    }
}
