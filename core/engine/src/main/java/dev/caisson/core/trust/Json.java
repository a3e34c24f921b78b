package dev.caisson.core.trust;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.TrustProblem;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An object of a metadata file, read so that it means one thing only: no duplicate members, nothing after its end, bounded depth, every member there and of its type. */
final class Json {
    private static final int DEPTH = 32;
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).maxStringLength(1 << 20).maxNumberLength(20).build()).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonNode node;
    private final Subject subject;
    private final String path;

    private Json(JsonNode node, Subject subject, String path) {
        this.node = node;
        this.subject = subject;
        this.path = path;
    }

    /** @throws TrustProblem if the bytes are no JSON object */
    static Json parse(byte[] content, Subject subject) {
        JsonNode node;
        try {
            node = MAPPER.readTree(content);
        } catch (IOException e) {
            throw subject.malformed("it is no proper JSON");
        }
        if (node == null || !node.isObject()) {
            throw subject.malformed("it is no JSON object");
        }
        return new Json(node, subject, "");
    }

    TrustProblem bad(String reason) {
        return subject.malformed((path.isEmpty() ? "" : path.substring(1) + ": ") + reason);
    }

    private JsonNode member(String name) {
        JsonNode value = node.get(name);
        if (value == null || value.isNull()) {
            throw bad("'" + name + "' is missing");
        }
        return value;
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    Json object(String name) {
        JsonNode value = member(name);
        if (!value.isObject()) {
            throw bad("'" + name + "' is no object");
        }
        return new Json(value, subject, path + "." + name);
    }

    /** The members of an object that are objects themselves, in their order. */
    Map<String, Json> objects(String name) {
        Json object = object(name);
        Map<String, Json> all = new LinkedHashMap<>();
        object.node.fieldNames().forEachRemaining(key -> all.put(key, object.object(key)));
        return all;
    }

    /** The items of an array that are objects. */
    List<Json> list(String name) {
        JsonNode value = member(name);
        List<Json> items = new ArrayList<>();
        for (JsonNode item : value) {
            if (!item.isObject()) {
                throw bad("an item of '" + name + "' is no object");
            }
            items.add(new Json(item, subject, path + "." + name + "[" + items.size() + "]"));
        }
        if (!value.isArray()) {
            throw bad("'" + name + "' is no array");
        }
        return items;
    }

    List<String> texts(String name) {
        JsonNode value = member(name);
        List<String> items = new ArrayList<>();
        for (JsonNode item : value) {
            if (!item.isTextual()) {
                throw bad("an item of '" + name + "' is no text");
            }
            items.add(item.textValue());
        }
        if (!value.isArray()) {
            throw bad("'" + name + "' is no array");
        }
        return items;
    }

    String text(String name) {
        JsonNode value = member(name);
        if (!value.isTextual()) {
            throw bad("'" + name + "' is no text");
        }
        return value.textValue();
    }

    /** A whole number from 0 on. */
    long number(String name) {
        JsonNode value = member(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw bad("'" + name + "' is no whole number from 0 on");
        }
        return value.longValue();
    }

    byte[] base64(String name) {
        try {
            return Base64.getDecoder().decode(text(name));
        } catch (IllegalArgumentException e) {
            throw bad("'" + name + "' is no base64");
        }
    }

    Instant instant(String name) {
        try {
            return OffsetDateTime.parse(text(name)).toInstant();
        } catch (DateTimeException e) {
            throw bad("'" + name + "' is no time as RFC 3339 writes it");
        }
    }

    /** To be changed. */
    ObjectNode copy() {
        return node.deepCopy();
    }

    /** Its canonical form, which is what signatures are of. */
    byte[] canonical() {
        try {
            return Canonical.bytes(node);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
    }
}
