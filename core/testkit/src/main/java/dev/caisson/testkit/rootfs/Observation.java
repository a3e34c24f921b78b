package dev.caisson.testkit.rootfs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code caisson-observer} printed: {@code key=value} lines in their order, octal escapes undone. The value of something
 * attempted is {@code "ok"} or the name of the errno, such as {@code "EPERM"}.
 */
public record Observation(Map<String, String> values) {
    public Observation {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Lines without {@code =} (output of the {@code lines} or {@code cat} commands, say) are passed over; of equal keys the last counts. */
    public static Observation parse(String output) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : output.split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(unescape(line.substring(0, equals)), unescape(line.substring(equals + 1)));
            }
        }
        return new Observation(values);
    }

    /** Throws {@link IllegalArgumentException}, naming the keys there are, when {@code key} was not observed. */
    public String get(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("'" + key + "' was not observed, only " + values.keySet());
        }
        return value;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public int integer(String key) {
        return Integer.parseInt(get(key));
    }

    /** A capability set or signal mask. */
    public long hex(String key) {
        return Long.parseUnsignedLong(get(key), 16);
    }

    public boolean ok(String key) {
        return get(key).equals("ok");
    }

    /** The values whose key begins with {@code prefix}, under the rest of their key: {@code below("env.")} is the environment. */
    public Map<String, String> below(String prefix) {
        return values.entrySet().stream()
                .filter(e -> e.getKey().startsWith(prefix))
                .collect(Collectors.toMap(e -> e.getKey().substring(prefix.length()), Map.Entry::getValue, (a, b) -> b, LinkedHashMap::new));
    }

    private static String unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 3 < text.length() && text.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                bytes.write(Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
