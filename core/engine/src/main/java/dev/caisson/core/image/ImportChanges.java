package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import dev.caisson.core.image.ImageConfig.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The Dockerfile instructions that {@code docker import --change} takes: CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR. CMD,
 * ENTRYPOINT and HEALTHCHECK CMD have a JSON and a shell form; a text in brackets that is no JSON array of texts is the shell form, as docker has it.
 */
public final class ImportChanges {
    private static final Set<String> INSTRUCTIONS = Set.of(
            "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR");

    private String user = "";
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable List<String> entrypoint;
    private @Nullable List<String> cmd;
    private String workingDir = "";
    private final Set<String> ports = new LinkedHashSet<>();
    private final Set<String> volumes = new LinkedHashSet<>();
    private final Map<String, String> labels = new LinkedHashMap<>();
    private String stopSignal = "";
    private ImageConfig.@Nullable Healthcheck healthcheck;
    private final List<String> onBuild = new ArrayList<>();

    private ImportChanges() {}

    /**
     * The settings that the instructions make, in their order.
     *
     * @throws InvalidSpec if one cannot be understood
     */
    public static Settings apply(List<String> changes) {
        ImportChanges result = new ImportChanges();
        changes.forEach(result::one);
        List<String> variables = result.env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
        return new Settings(result.user, variables, result.entrypoint, result.cmd, result.workingDir, List.copyOf(result.ports), List.copyOf(result.volumes),
                result.labels, result.stopSignal, result.healthcheck, null, result.onBuild);
    }

    private void one(String change) {
        String text = change.strip();
        String[] halves = text.split("\\s+", 2);
        String word = halves[0].toUpperCase(Locale.ROOT);
        String rest = halves.length < 2 ? "" : halves[1].strip();
        if (text.indexOf('\0') >= 0) {
            throw bad(change.replace('\0', '?'), "it contains a NUL character");
        }
        if (!INSTRUCTIONS.contains(word)) {
            String near = Nearest.to(word, INSTRUCTIONS);
            throw bad(change, "'" + word + "' is not one of " + new java.util.TreeSet<>(INSTRUCTIONS) + (near.isEmpty() ? "" : "; did you mean " + near + "?"));
        }
        if (rest.isEmpty() && !word.equals("CMD") && !word.equals("ENTRYPOINT")) {
            throw bad(change, word + " needs an argument");
        }
        switch (word) {
            case "CMD" -> cmd = command(rest);
            case "ENTRYPOINT" -> entrypoint = command(rest);
            case "ENV" -> pairs(change, rest).forEach(env::put);
            case "LABEL" -> pairs(change, rest).forEach(labels::put);
            case "EXPOSE" -> ChangeWords.split(rest).forEach(p -> ports.addAll(ChangeWords.ports(p, change)));
            case "VOLUME" -> volumes.addAll(or(json(rest), ChangeWords.split(rest)));
            case "USER" -> user = rest;
            case "WORKDIR" -> workingDir = directory(rest);
            case "STOPSIGNAL" -> stopSignal = rest;
            case "ONBUILD" -> onBuild.add(rest);
            default -> healthcheck = ChangeWords.healthcheck(rest, change, ImportChanges::command);
        }
    }

    /** A relative one continues the one before. */
    private String directory(String path) {
        String joined = path.startsWith("/") ? path : (workingDir.isEmpty() ? "" : workingDir) + "/" + path;
        java.util.ArrayDeque<String> parts = new java.util.ArrayDeque<>();
        for (String part : joined.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    /** The JSON form, or the shell form for /bin/sh. */
    static List<String> command(String text) {
        return text.isEmpty() ? List.of() : or(json(text), List.of("/bin/sh", "-c", text));
    }

    private static List<String> or(@Nullable List<String> first, List<String> second) {
        return first != null ? first : second;
    }

    private static @Nullable List<String> json(String text) {
        if (!text.startsWith("[")) {
            return null;
        }
        try {
            List<String> words = new ArrayList<>();
            for (JsonNode item : StrictJson.mapper().readTree(text)) {
                if (!item.isTextual()) {
                    return null;
                }
                words.add(item.textValue());
            }
            return words;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** {@code a=b "c=d e" f='g'}, or docker's old form {@code a the rest}. */
    private static Map<String, String> pairs(String change, String rest) {
        Map<String, String> pairs = new LinkedHashMap<>();
        List<String> words = ChangeWords.split(rest);
        if (words.get(0).indexOf('=') < 0) {
            String[] halves = rest.split("\\s+", 2);
            if (halves.length < 2) {
                throw bad(change, "'" + rest + "' has no value; write KEY=value");
            }
            return Map.of(halves[0], halves[1]);
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw bad(change, "'" + word + "' is not of the form KEY=value; quote a value with spaces");
            }
            pairs.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return pairs;
    }

    static InvalidSpec bad(String change, String reason) {
        return new InvalidSpec("change '" + change + "'", reason, "write it as in a Dockerfile");
    }
}
