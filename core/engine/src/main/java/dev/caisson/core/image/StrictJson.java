package dev.caisson.core.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON document of an attacker's, read so that it means one thing only: no duplicate keys, nothing after its end, bounded size and depth, every field of the
 * type it must have. A field that nobody asks for is ignored.
 */
final class StrictJson {
    private static final int DEPTH = 64;
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).maxStringLength(8 << 20).build())
            .build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonNode node;
    private final String what;

    private StrictJson(JsonNode node, String what) {
        this.node = node;
        this.what = what;
    }

    /** A document that must be an object. */
    static StrictJson object(byte[] content, int limit, String what) {
        StrictJson json = any(content, limit, what);
        if (!json.node.isObject()) {
            throw json.bad("it is no JSON object");
        }
        return json;
    }

    /** A document that must be an array of objects. */
    static List<StrictJson> array(byte[] content, int limit, String what) {
        StrictJson json = any(content, limit, what);
        if (!json.node.isArray()) {
            throw json.bad("it is no JSON array");
        }
        return json.items(json.node, "");
    }

    private static StrictJson any(byte[] content, int limit, String what) {
        if (content.length > limit) {
            throw new ImageProblem(Stage.RESOLVE, what + " has " + content.length + " bytes, more than " + limit, "no tool makes so large a one: ask whoever made it");
        }
        try {
            // UTF-8 alone (RFC 8259): of bytes the parser would guess UTF-16 or UTF-32 by how they begin, and others would not.
            return new StrictJson(MAPPER.readTree(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString()), what);
        } catch (CharacterCodingException e) {
            throw new ImageProblem(Stage.RESOLVE, what + " is no proper JSON: it is not UTF-8", "the image is damaged or hostile; make or pull it again", e);
        } catch (JsonProcessingException e) {
            throw new ImageProblem(Stage.RESOLVE, what + " is no proper JSON: " + e.getOriginalMessage(), "the image is damaged or hostile; make or pull it again", e);
        }
    }

    static ObjectMapper mapper() {
        return MAPPER;
    }

    ImageProblem bad(String reason) {
        return new ImageProblem(Stage.RESOLVE, what + ": " + reason, "the image is damaged or hostile; make or pull it again");
    }

    /** Whether the field is there and not null. */
    boolean has(String field) {
        return node.hasNonNull(field);
    }

    private @Nullable JsonNode field(String field) {
        JsonNode value = node.get(field);
        return value == null || value.isNull() ? null : value;
    }

    /** A text, "" if it is not there. */
    String text(String field) {
        JsonNode value = field(field);
        if (value != null && !value.isTextual()) {
            throw bad("'" + field + "' is no text");
        }
        return value == null ? "" : plain(field, value.textValue());
    }

    /** The kernel's strings end at a NUL: what is checked would not be what is used. */
    private String plain(String field, String text) {
        if (text.indexOf('\0') >= 0) {
            throw bad("'" + field + "' contains a NUL character");
        }
        return text;
    }

    Digest digest(String field) {
        return Digest.parse(text(field));
    }

    /** A whole number from 0 on, 0 if it is not there. */
    long number(String field) {
        JsonNode value = field(field);
        if (value != null && (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0)) {
            throw bad("'" + field + "' is no whole number from 0 on");
        }
        return value == null ? 0 : value.longValue();
    }

    /** True or false, false if it is not there. */
    boolean flag(String field) {
        JsonNode value = field(field);
        if (value != null && !value.isBoolean()) {
            throw bad("'" + field + "' is neither true nor false");
        }
        return value != null && value.booleanValue();
    }

    /** An object, empty if it is not there. */
    StrictJson object(String field) {
        JsonNode value = field(field);
        if (value != null && !value.isObject()) {
            throw bad("'" + field + "' is no object");
        }
        return new StrictJson(value == null ? MAPPER.createObjectNode() : value, what + ", " + field);
    }

    /** An array of objects, empty if it is not there. */
    List<StrictJson> objects(String field) {
        JsonNode value = field(field);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw bad("'" + field + "' is no array");
        }
        return items(value, ", " + field);
    }

    private List<StrictJson> items(JsonNode array, String suffix) {
        List<StrictJson> items = new ArrayList<>();
        for (JsonNode item : array) {
            if (!item.isObject()) {
                throw bad("an item of" + (suffix.isEmpty() ? " it" : suffix.substring(1)) + " is no object");
            }
            items.add(new StrictJson(item, what + suffix + " " + items.size()));
        }
        return items;
    }

    /** An array of texts, null if it is not there. */
    @Nullable List<String> texts(String field) {
        JsonNode value = field(field);
        if (value == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value) {
            if (!item.isTextual()) {
                throw bad("'" + field + "' is no array of texts");
            }
            texts.add(plain(field, item.textValue()));
        }
        if (!value.isArray()) {
            throw bad("'" + field + "' is no array of texts");
        }
        return texts;
    }

    /** The keys of an object whose values mean nothing (Go's sets), in their order. */
    List<String> keys(String field) {
        List<String> keys = new ArrayList<>();
        object(field).node.fieldNames().forEachRemaining(key -> keys.add(plain(field, key)));
        return keys;
    }

    /** An object of texts. */
    Map<String, String> map(String field) {
        Map<String, String> map = new LinkedHashMap<>();
        StrictJson object = object(field);
        object.node.fieldNames().forEachRemaining(k -> map.put(k, object.text(k)));
        return map;
    }
}
