package dev.caisson.spi;

import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The options given to a driver, checked against its schema; reading one never fails. */
public final class Options {
    private final Map<String, String> given;
    private final Map<String, OptionSpec> schema;

    private Options(Map<String, String> given, Map<String, OptionSpec> schema) {
        this.given = Map.copyOf(given);
        this.schema = schema;
    }

    /**
     * Checks names and texts.
     *
     * @param driver for messages, e.g. {@code log driver json-file}
     * @param specs what the driver takes
     * @param given names and texts
     * @return what was given, with the defaults of the rest
     * @throws InvalidSpec listing every unknown name (with the nearest known one) and every text that does not fit its type
     */
    public static Options of(String driver, List<OptionSpec> specs, Map<String, String> given) {
        Map<String, OptionSpec> schema = new TreeMap<>();
        specs.forEach(s -> schema.put(s.name(), s));
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        new TreeMap<>(given).forEach((name, text) -> {
            OptionSpec spec = schema.get(name);
            if (spec == null) {
                String nearest = Nearest.to(name, schema.keySet());
                problems.add(new InvalidSpec.Problem(driver + " option '" + name + "'", "is unknown",
                        nearest.isEmpty() ? "known options: " + String.join(", ", schema.keySet()) : "did you mean '" + nearest + "'?"));
            } else {
                try {
                    read(spec, text);
                } catch (RuntimeException e) {
                    problems.add(new InvalidSpec.Problem(driver + " option '" + name + "'", String.valueOf(e.getMessage()), spec.doc()));
                }
            }
        });
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
        return new Options(given, schema);
    }

    private static Object read(OptionSpec spec, String text) {
        return switch (spec.type()) {
            case STRING -> text;
            case BOOLEAN -> switch (text) {
                case "true", "1", "t", "T", "TRUE", "True" -> true;
                case "false", "0", "f", "F", "FALSE", "False" -> false;
                default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
            };
            case INTEGER -> {
                try {
                    yield Long.parseLong(text.strip());
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException("'" + text + "' is not a whole number", e);
                }
            }
            case SIZE -> text.strip().equals("-1") ? -1L : Sizes.parse(text);
            case DURATION -> Durations.parse(text);
            case LIST -> text.isBlank() ? List.of() : List.of(text.split("\\s*,\\s*"));
            case REGEX -> {
                try {
                    yield Pattern.compile(text);
                } catch (PatternSyntaxException e) {
                    throw new IllegalArgumentException("'" + text + "' is not a regular expression: " + e.getDescription(), e);
                }
            }
        };
    }

    private OptionSpec declared(String name) {
        OptionSpec spec = schema.get(name);
        if (spec == null) {
            throw new IllegalStateException("a driver reads the option '" + name + "' that it did not declare");
        }
        return spec;
    }

    private Object value(String name) {
        return read(declared(name), text(name));
    }

    /**
     * Whether the caller gave it.
     *
     * @param name of an option
     * @return false if only its default stands
     */
    public boolean has(String name) {
        return given.containsKey(name);
    }

    /**
     * The text given, or the default.
     *
     * @param name of a declared option
     * @return as it was given
     * @throws IllegalStateException if the driver did not declare it
     */
    public String text(String name) {
        return given.getOrDefault(name, declared(name).defaultValue());
    }

    /**
     * The value, or the default, of a {@link OptionSpec.Type#BOOLEAN}.
     *
     * @param name of a declared option
     * @return true for {@code true 1 t T TRUE True}
     */
    public boolean flag(String name) {
        return (Boolean) value(name);
    }

    /**
     * That of an {@link OptionSpec.Type#INTEGER}, or of a {@link OptionSpec.Type#SIZE} in bytes.
     *
     * @param name of a declared option
     * @return bytes, of a size; -1 where that means no limit
     */
    public long number(String name) {
        return (Long) value(name);
    }

    /**
     * That of a {@link OptionSpec.Type#DURATION}.
     *
     * @param name of a declared option
     * @return as Go writes durations: {@code 1m30s}
     */
    public Duration duration(String name) {
        return (Duration) value(name);
    }

    /**
     * That of a {@link OptionSpec.Type#LIST}; empty for "".
     *
     * @param name of a declared option
     * @return its parts, without the blanks around commas
     */
    @SuppressWarnings("unchecked")
    public List<String> list(String name) {
        return (List<String>) value(name);
    }

    /**
     * That of a {@link OptionSpec.Type#REGEX}.
     *
     * @param name of a declared option
     * @return to be searched for, not to match the whole
     */
    public Pattern regex(String name) {
        return (Pattern) value(name);
    }

    /**
     * What was given, unchanged.
     *
     * @return names and texts
     */
    public Map<String, String> given() {
        return given;
    }

    @Override
    public String toString() {
        return given.toString();
    }
}
