package dev.caisson.testkit.trace;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses the file that {@code strace -f -o} writes, line by line. A call that another thread interrupts is printed in two parts
 * ({@code <unfinished ...>}, {@code <... openat resumed>}) and is put together again. Signals, exits and what is no call are passed over.
 */
public final class StraceReader {
    private static final Pattern LINE = Pattern.compile("(?:(\\d+)\\s+)?(.*)");
    private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. (\\w+) resumed>\\s*(.*)");
    private static final Pattern NAME = Pattern.compile("(\\w+)\\(");
    private static final String UNFINISHED = "<unfinished ...>";

    private final Map<Integer, String> unfinished = new HashMap<>();

    /** For reading a trace while it grows; see {@link #line}. */
    public StraceReader() {}

    /** All calls of a trace, in the order in which they ended. */
    public static List<TracedCall> read(List<String> lines) {
        StraceReader reader = new StraceReader();
        List<TracedCall> calls = new ArrayList<>();
        lines.forEach(line -> reader.line(line).ifPresent(calls::add));
        return calls;
    }

    /** The call that this line ends, if it ends one. Never throws, whatever the line. */
    public Optional<TracedCall> line(String line) {
        Matcher split = LINE.matcher(line);
        if (!split.matches()) {
            return Optional.empty();
        }
        int pid = split.group(1) == null || split.group(1).length() > 9 ? 0 : Integer.parseInt(split.group(1));
        String text = split.group(2);
        Matcher resumed = RESUMED.matcher(text);
        if (resumed.matches()) {
            String begun = unfinished.remove(pid);
            text = begun == null ? "" : begun + resumed.group(2);
        } else if (text.endsWith(UNFINISHED)) {
            unfinished.put(pid, text.substring(0, text.length() - UNFINISHED.length()));
            return Optional.empty();
        }
        return call(pid, text);
    }

    private static Optional<TracedCall> call(int pid, String text) {
        Matcher name = NAME.matcher(text);
        if (!name.lookingAt()) {
            return Optional.empty();
        }
        List<String> arguments = new ArrayList<>();
        int end = arguments(text, name.end(), arguments);
        if (end < 0) {
            return Optional.empty();
        }
        String rest = text.substring(end + 1).strip();
        return rest.startsWith("=") ? Optional.of(new TracedCall(pid, name.group(1), arguments, rest.substring(1).strip())) : Optional.empty();
    }

    /** Splits at the commas of the outermost level; returns where the closing parenthesis stands, or -1. */
    private static int arguments(String text, int from, List<String> into) {
        int depth = 0;
        int start = from;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                i = endOfString(text, i);
            } else if (c == '<' && i > start) {
                i = endOfDescriptor(text, i);
            } else if (c == '{' || c == '[' || c == '(') {
                depth++;
            } else if (depth > 0 && (c == '}' || c == ']' || c == ')')) {
                depth--;
            } else if (depth == 0 && (c == ',' || c == ')')) {
                String argument = text.substring(start, i).strip();
                if (!argument.isEmpty() || c == ',' || !into.isEmpty()) {
                    into.add(argument);
                }
                if (c == ')') {
                    return i;
                }
                start = i + 1;
            }
        }
        return -1;
    }

    private static int endOfString(String text, int quote) {
        for (int i = quote + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return i;
            }
        }
        return text.length();
    }

    /** {@code 3</a, b>}: strace escapes angle brackets that are part of the path. A shift in flags ({@code 1<<3}) is none. */
    private static int endOfDescriptor(String text, int bracket) {
        char before = text.charAt(bracket - 1);
        boolean descriptor = (Character.isDigit(before) || before == 'D') && bracket + 1 < text.length() && text.charAt(bracket + 1) != '<';
        int end = descriptor ? text.indexOf('>', bracket) : bracket;
        return end < 0 ? text.length() : end;
    }

    /** The text of a printed string argument, escapes undone; empty for what is no string, such as NULL. */
    static Optional<String> string(String argument) {
        int end = argument.startsWith("\"") ? endOfString(argument, 0) : argument.length();
        return end < argument.length() ? Optional.of(unescape(argument.substring(1, end))) : Optional.empty();
    }

    /** The path that {@code -y} printed behind a descriptor; empty where it has none. */
    static Optional<String> path(String argument) {
        int open = argument.indexOf('<');
        int close = argument.lastIndexOf('>');
        return open > 0 && close > open ? Optional.of(unescape(argument.substring(open + 1, close))) : Optional.empty();
    }

    private static String unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            int digits = i + 1;
            while (digits < text.length() && digits < i + 4 && text.charAt(digits) >= '0' && text.charAt(digits) <= '7') {
                digits++;
            }
            if (digits > i + 1) {
                bytes.write(Integer.parseInt(text.substring(i + 1, digits), 8));
                i = digits - 1;
            } else {
                int letter = "abtnvfr".indexOf(text.charAt(++i));
                bytes.write(letter < 0 ? text.charAt(i) : letter + 7);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
