package dev.caisson.logging.attributes;

import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.Subject;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Docker's options {@code labels}, {@code labels-regex}, {@code env} and {@code env-regex}. */
public final class Attributes {
    /** The options, for a driver's schema. */
    public static final List<OptionSpec> OPTIONS = List.of(
            new OptionSpec("labels", OptionSpec.Type.LIST, "", "labels to add, by name, comma-separated"),
            new OptionSpec("labels-regex", OptionSpec.Type.REGEX, "", "labels to add, by a regular expression that finds a match in the name"),
            new OptionSpec("env", OptionSpec.Type.LIST, "", "environment variables to add, by name, comma-separated"),
            new OptionSpec("env-regex", OptionSpec.Type.REGEX, "", "environment variables to add, by a regular expression that finds a match in the name"));

    private Attributes() {}

    /** What was asked for and the container has, sorted by name; a variable hides a label of its name. */
    public static SortedMap<String, String> of(Options options, Subject subject) {
        SortedMap<String, String> chosen = new TreeMap<>();
        choose(options, "labels", subject.labels(), chosen);
        choose(options, "env", subject.env(), chosen);
        return chosen;
    }

    private static void choose(Options options, String kind, Map<String, String> from, Map<String, String> chosen) {
        for (String name : options.list(kind)) {
            String value = from.get(name);
            if (value != null) {
                chosen.put(name, value);
            }
        }
        // The empty expression would match every name; docker takes it as not given.
        if (!options.text(kind + "-regex").isEmpty()) {
            Pattern pattern = options.regex(kind + "-regex");
            from.forEach((name, value) -> {
                if (pattern.matcher(name).find()) {
                    chosen.put(name, value);
                }
            });
        }
    }
}
