package dev.caisson.core.spec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The environment a process starts with: docker's own variables, then the image's, then the caller's; nothing of the JVM's. */
public record Environment(Map<String, String> variables) {
    /** Docker's default. */
    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** Exactly what is given, and a HOME if there is none. */
    public static Environment exactly(Map<String, String> given, String home) {
        Map<String, String> all = new LinkedHashMap<>(given);
        all.putIfAbsent("HOME", home);
        return new Environment(all);
    }

    /** @param home of the user, from the container's passwd file */
    public static Environment of(String hostname, boolean tty, List<String> image, Map<String, String> given, String home) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("PATH", PATH);
        all.put("HOSTNAME", hostname);
        if (tty) {
            all.put("TERM", "xterm");
        }
        for (String line : image) {
            int equals = line.indexOf('=');
            if (equals > 0 && line.indexOf('\0') < 0) {
                all.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        all.putAll(given);
        all.putIfAbsent("HOME", home);
        return new Environment(all);
    }

    /** The container's PATH. */
    public String path() {
        return variables.getOrDefault("PATH", PATH);
    }

    /** {@code K=V}, as execve(2) takes them. */
    public List<String> lines() {
        return variables.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    }
}
