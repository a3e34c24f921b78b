package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import dev.caisson.core.image.ImageConfig.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

    private ImportChanges() {}

    /**
     * The settings that the instructions make, in their order.
     *
     * @throws InvalidSpec if one cannot be understood
     */
    public static Settings apply(List<String> changes) {
        SettingsDraft draft = new SettingsDraft(Settings.NONE);
        for (String change : changes) {
            one(draft, change);
        }
        return draft.settings();
    }

    /** Whether it begins with the word of an instruction that only changes settings. */
    static boolean isChange(String instruction) {
        return INSTRUCTIONS.contains(instruction.strip().split("\\s+", 2)[0].toUpperCase(Locale.ROOT));
    }

    /** Makes one change. */
    static void one(SettingsDraft draft, String change) {
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
            case "CMD" -> draft.cmd(command(rest));
            case "ENTRYPOINT" -> draft.entrypoint(command(rest));
            case "ENV" -> pairs(change, rest).forEach(draft::env);
            case "LABEL" -> pairs(change, rest).forEach(draft::label);
            case "EXPOSE" -> ChangeWords.split(rest).forEach(p -> draft.ports(ChangeWords.ports(p, change)));
            case "VOLUME" -> draft.volumes(or(json(rest), ChangeWords.split(rest)));
            case "USER" -> draft.user(rest);
            case "WORKDIR" -> draft.workdir(rest);
            case "STOPSIGNAL" -> draft.stopSignal(rest);
            case "ONBUILD" -> draft.onBuild(rest);
            default -> draft.healthcheck(ChangeWords.healthcheck(rest, change, ImportChanges::command));
        }
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
