package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageConfig.Healthcheck;
import dev.caisson.core.image.ImageConfig.Settings;
import dev.caisson.core.image.ImageConfig.Step;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@link ImageConfig}. */
public final class ConfigJson {
    private ConfigJson() {}

    /**
     * Reads a configuration.
     *
     * @param what names it in errors
     * @throws dev.caisson.ImageProblem if it is malformed
     */
    public static ImageConfig parse(byte[] content, String what) {
        StrictJson json = StrictJson.object(content, ImageConfig.LIMIT, what);
        if (json.text("os").isEmpty() || json.text("architecture").isEmpty()) {
            throw json.bad("it does not say for which os and architecture it is");
        }
        StrictJson rootfs = json.object("rootfs");
        if (!rootfs.text("type").equals("layers")) {
            throw json.bad("its rootfs is not made of layers");
        }
        List<Digest> diffIds = or(rootfs.texts("diff_ids")).stream().map(Digest::parse).toList();
        if (diffIds.stream().anyMatch(d -> !d.algorithm().equals("sha256"))) {
            throw json.bad("a diff_id is not of sha256, which names layers");
        }
        return new ImageConfig(new Platform(json.text("os"), json.text("architecture"), json.text("variant")), created(json), json.text("author"),
                settings(json.object("config")), diffIds, json.objects("history").stream().map(ConfigJson::step).toList());
    }

    private static Step step(StrictJson json) {
        return new Step(created(json), json.text("created_by"), json.text("author"), json.text("comment"), json.flag("empty_layer"));
    }

    private static Instant created(StrictJson json) {
        String text = json.text("created");
        try {
            return text.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw json.bad("'created' is no time of RFC 3339");
        }
    }

    private static Settings settings(StrictJson json) {
        return new Settings(json.text("User"), or(json.texts("Env")), json.texts("Entrypoint"), json.texts("Cmd"), json.text("WorkingDir"),
                json.keys("ExposedPorts"), json.keys("Volumes"), json.map("Labels"), json.text("StopSignal"),
                json.has("Healthcheck") ? healthcheck(json.object("Healthcheck")) : null, json.texts("Shell"), or(json.texts("OnBuild")));
    }

    private static @Nullable Healthcheck healthcheck(StrictJson json) {
        List<String> test = or(json.texts("Test"));
        return test.isEmpty() ? null : new Healthcheck(test, json.number("Interval"), json.number("Timeout"), json.number("StartPeriod"),
                json.number("StartInterval"), json.number("Retries"));
    }

    private static List<String> or(@Nullable List<String> list) {
        return list == null ? List.of() : list;
    }

    /** The document of a configuration; the same value gives the same bytes. */
    public static byte[] write(ImageConfig config) {
        ObjectNode top = StrictJson.mapper().createObjectNode();
        top.put("architecture", config.platform().architecture()).put("os", config.platform().os());
        put(top, "variant", config.platform().variant());
        top.put("created", config.created().toString());
        put(top, "author", config.author());
        settings(top.putObject("config"), config.settings());
        ObjectNode rootfs = top.putObject("rootfs").put("type", "layers");
        config.diffIds().forEach(d -> rootfs.withArray("diff_ids").add(d.toString()));
        ArrayNode history = top.putArray("history");
        config.history().forEach(step -> write(step, history.addObject()));
        try {
            return StrictJson.mapper().writeValueAsBytes(top);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
    }

    private static void write(Step step, ObjectNode into) {
        into.put("created", step.created().toString());
        put(into, "created_by", step.createdBy());
        put(into, "author", step.author());
        put(into, "comment", step.comment());
        if (step.emptyLayer()) {
            into.put("empty_layer", true);
        }
    }

    static void settings(ObjectNode into, Settings s) {
        put(into, "User", s.user());
        put(into, "Env", s.env());
        put(into, "Entrypoint", s.entrypoint());
        put(into, "Cmd", s.cmd());
        put(into, "WorkingDir", s.workingDir());
        s.exposedPorts().forEach(p -> into.withObject("/ExposedPorts").putObject(p));
        if (!s.volumes().isEmpty()) {
            ObjectNode volumes = into.putObject("Volumes");
            s.volumes().forEach(volumes::putObject);
        }
        if (!s.labels().isEmpty()) {
            ObjectNode labels = into.putObject("Labels");
            s.labels().forEach(labels::put);
        }
        put(into, "StopSignal", s.stopSignal());
        Healthcheck check = s.healthcheck();
        if (check != null) {
            ObjectNode object = into.putObject("Healthcheck");
            put(object, "Test", check.test());
            object.put("Interval", check.interval()).put("Timeout", check.timeout()).put("StartPeriod", check.startPeriod())
                    .put("StartInterval", check.startInterval()).put("Retries", check.retries());
        }
        put(into, "Shell", s.shell());
        put(into, "OnBuild", s.onBuild());
    }

    private static void put(ObjectNode into, String field, String value) {
        if (!value.isEmpty()) {
            into.put(field, value);
        }
    }

    private static void put(ObjectNode into, String field, @Nullable List<String> values) {
        if (values != null && !values.isEmpty()) {
            values.forEach(into.putArray(field)::add);
        }
    }
}
