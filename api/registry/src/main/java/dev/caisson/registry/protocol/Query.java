package dev.caisson.registry.protocol;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters after a question mark, or in a form. */
public final class Query {
    private static final int MOST = 64;

    private final Map<String, List<String>> values;

    private Query(Map<String, List<String>> values) {
        this.values = values;
    }

    /** @throws Fault if it is malformed */
    public static Query parse(@Nullable String raw) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        int count = 0;
        for (String pair : raw == null || raw.isEmpty() ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            if (++count > MOST) {
                throw new Fault(Code.UNSUPPORTED, 400, "more than " + MOST + " parameters");
            }
            values.computeIfAbsent(decoded(equals < 0 ? pair : pair.substring(0, equals)), k -> new ArrayList<>()).add(decoded(equals < 0 ? "" : pair.substring(equals + 1)));
        }
        return new Query(values);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Fault(Code.UNSUPPORTED, 400, "a parameter has a percent sign that encodes nothing");
        }
    }

    /** The first value, "" if there is none. */
    public String one(String name) {
        return values.getOrDefault(name, List.of("")).get(0);
    }

    /** Whether it is there. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** All values. */
    public List<String> all(String name) {
        return List.copyOf(values.getOrDefault(name, List.of()));
    }
}
