package dev.caisson.logging.tag;

import dev.caisson.logging.tag.TagTemplate.TagException;
import dev.caisson.spi.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Reads a template into values that are computed when it is rendered. */
final class TagParser {
    private static final Set<String> CONTROL = Set.of("if", "else", "end", "range", "with", "define", "template", "block", "break", "continue");
    private static final int DEEPEST = 32;

    /** A piece of the output. */
    interface Node {
        Object value(Subject subject);
    }

    private final String text;
    private int at;
    private int depth;

    TagParser(String text) {
        this.text = text;
    }

    List<Node> parse() {
        List<Node> nodes = new ArrayList<>();
        boolean trimNext = false;
        while (at < text.length()) {
            int open = text.indexOf("{{", at);
            String literal = text.substring(at, open < 0 ? text.length() : open);
            at = open < 0 ? text.length() : open + 2;
            boolean trimThis = open >= 0 && text.startsWith("- ", at);
            String shown = trimThis ? literal.stripTrailing() : literal;
            String trimmed = trimNext ? shown.stripLeading() : shown;
            nodes.add(subject -> trimmed);
            if (open >= 0) {
                at += trimThis ? 1 : 0;
                nodes.add(action(open));
                trimNext = text.startsWith("-", at);
                at += trimNext ? 3 : 2;
            }
        }
        return nodes;
    }

    /** A pipeline up to the closing braces, which are left. */
    private Node action(int open) {
        if (text.startsWith("/*", at)) {
            int end = text.indexOf("*/", at);
            if (end < 0) {
                throw new TagException("the comment at " + open + " is not closed", "end it with */}}");
            }
            at = end + 2;
            space();
            expectClose(open);
            return subject -> "";
        }
        Node value = pipeline();
        space();
        expectClose(open);
        return value;
    }

    private void expectClose(int open) {
        if (!closing()) {
            throw new TagException("the action at " + open + " is not closed" + (at < text.length() ? " before '" + text.charAt(at) + "'" : ""),
                    "end it with }}");
        }
    }

    private boolean closing() {
        return text.startsWith("}}", at) || text.startsWith("-}}", at);
    }

    private Node pipeline() {
        if (++depth > DEEPEST) {
            throw new TagException("parentheses are nested more than " + DEEPEST + " deep", "");
        }
        Node value = command(null);
        for (space(); at < text.length() && text.charAt(at) == '|'; space()) {
            at++;
            value = command(value);
        }
        depth--;
        return value;
    }

    /** A value, or a function with its arguments; what comes through the pipe is the last of them. */
    private Node command(@org.jspecify.annotations.Nullable Node piped) {
        space();
        int start = at;
        if (at < text.length() && Character.isLetter(text.charAt(at))) {
            return call(word(), piped);
        }
        Node value = operand();
        if (piped != null) {
            throw new TagException("what stands after '|' at " + start + " is not a function", "pipe into one of: " + String.join(" ", TagFunctions.ALL.keySet()));
        }
        return value;
    }

    private Node call(String name, @org.jspecify.annotations.Nullable Node piped) {
        if (CONTROL.contains(name)) {
            throw new TagException("'" + name + "' is not possible in a log tag", "use variables and functions only");
        }
        TagFunctions.Known function = TagFunctions.ALL.get(name);
        if (function == null) {
            throw TagException.unknown("function", name, TagFunctions.ALL.keySet());
        }
        List<Node> arguments = new ArrayList<>();
        for (space(); at < text.length() && !closing() && text.charAt(at) != '|' && text.charAt(at) != ')'; space()) {
            arguments.add(operand());
        }
        if (piped != null) {
            arguments.add(piped);
        }
        if (arguments.size() != function.arguments()) {
            throw new TagException("the function " + name + " takes " + function.arguments() + " arguments, not " + arguments.size(), "");
        }
        return subject -> function.body().apply(arguments.stream().map(a -> a.value(subject)).toList());
    }

    private Node operand() {
        if (at >= text.length()) {
            throw new TagException("a value is missing at the end", "write a variable such as {{.ID}}");
        }
        char c = text.charAt(at);
        if (c == '.') {
            return field(null);
        }
        if (c == '(') {
            at++;
            Node inner = pipeline();
            space();
            if (at >= text.length() || text.charAt(at) != ')') {
                throw new TagException("a parenthesis is not closed", "");
            }
            at++;
            return at < text.length() && text.charAt(at) == '.' ? field(inner) : inner;
        }
        if (c == '"' || c == '`') {
            String value = TagStrings.read(text, at);
            at = TagStrings.end(text, at);
            return subject -> value;
        }
        if (c >= '0' && c <= '9') {
            return number();
        }
        throw new TagException("'" + c + "' at " + at + " begins no value", "write a variable such as {{.ID}}");
    }

    private Node number() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at - start > 9) {
            throw new TagException("the number at " + start + " is too large", "");
        }
        Long value = Long.valueOf(text.substring(start, at));
        return subject -> value;
    }

    private Node field(@org.jspecify.annotations.Nullable Node of) {
        at++;
        String name = word();
        Node value;
        if (of == null) {
            Function<Subject, Object> variable = TagTemplate.VARIABLES.get(name);
            if (variable == null) {
                throw TagException.unknown("variable", "." + name, TagTemplate.VARIABLES.keySet().stream().map(v -> "." + v).toList());
            }
            value = variable::apply;
        } else {
            value = subject -> entry(of.value(subject), name);
        }
        return at < text.length() && text.charAt(at) == '.' ? field(value) : value;
    }

    private static Object entry(Object of, String name) {
        if (of instanceof Map<?, ?> map) {
            Object found = map.get(name);
            return found == null ? "" : found;
        }
        throw new TagException("'" + TagFunctions.text(of) + "' has no field ." + name, "");
    }

    private String word() {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        return text.substring(start, at);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }
}
