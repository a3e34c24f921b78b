package dev.caisson.core.detach;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON: a component is a field; an enum is its name, a duration and a path their text, bytes are base64; of a sealed interface the field {@code type} says which
 * record. What is read is built by the records' own constructors, which check it.
 */
final class RecordJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String TYPE = "type";

    private RecordJson() {}

    static byte[] write(Record value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(encode(value, value.getClass()));
        } catch (IOException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
    }

    /** @throws IllegalArgumentException if it is not such a record */
    static <T extends Record> T read(byte[] json, Class<T> type) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            return type.cast(decode(tree == null ? NODES.nullNode() : tree, type));
        } catch (IOException | StackOverflowError | ClassCastException e) {
            throw new IllegalArgumentException("is no JSON of a " + type.getSimpleName() + ": " + e, e);
        }
    }

    private static JsonNode encode(@Nullable Object value, Type declared) {
        if (value == null) {
            return NODES.nullNode();
        } else if (value instanceof Record record) {
            return encode(record, raw(declared).isSealed());
        } else if (value instanceof Collection<?> all) {
            ArrayNode array = NODES.arrayNode();
            all.forEach(each -> array.add(encode(each, argument(declared, 0))));
            return array;
        } else if (value instanceof Map<?, ?> map) {
            ObjectNode object = NODES.objectNode();
            map.forEach((k, v) -> object.set(k instanceof Enum<?> e ? e.name() : k.toString(), encode(v, argument(declared, 1))));
            return object;
        } else if (value instanceof Boolean flag) {
            return NODES.booleanNode(flag);
        } else if (value instanceof Integer || value instanceof Long) {
            return NODES.numberNode(((Number) value).longValue());
        } else if (value instanceof Double number) {
            return NODES.numberNode(number);
        } else if (value instanceof byte[] bytes) {
            return NODES.binaryNode(bytes);
        } else if (value instanceof String || value instanceof Duration || value instanceof Path) {
            return NODES.textNode(value.toString());
        } else if (value instanceof Enum<?> constant) {
            return NODES.textNode(constant.name());
        }
        throw new IllegalArgumentException(value.getClass() + " cannot be written down");
    }

    private static JsonNode encode(Record record, boolean named) {
        ObjectNode object = NODES.objectNode();
        if (named) {
            object.put(TYPE, record.getClass().getSimpleName());
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                object.set(component.getName(), encode(component.getAccessor().invoke(record), component.getGenericType()));
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(component + " cannot be read", e);
            }
        }
        return object;
    }

    private static @Nullable Object decode(JsonNode node, Type declared) {
        Class<?> type = raw(declared);
        if (node.isNull() || node.isMissingNode()) {
            if (type.isPrimitive()) {
                throw new IllegalArgumentException("a number or flag is missing");
            }
            return null;
        } else if (type.isRecord()) {
            return record(node, type);
        } else if (type.isSealed()) {
            return record(node, Arrays.stream(type.getPermittedSubclasses()).filter(c -> c.getSimpleName().equals(node.path(TYPE).asText())).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + node.path(TYPE).asText() + "' is no " + type.getSimpleName())));
        } else if (type == List.class || type == Set.class) {
            Collection<Object> all = type == List.class ? new ArrayList<>() : new LinkedHashSet<>();
            node.forEach(each -> all.add(decode(each, argument(declared, 0))));
            return all;
        } else if (type == Map.class) {
            Map<Object, Object> map = new LinkedHashMap<>();
            node.fields().forEachRemaining(e -> map.put(scalar(NODES.textNode(e.getKey()), raw(argument(declared, 0))), decode(e.getValue(), argument(declared, 1))));
            return map;
        }
        return scalar(node, type);
    }

    private static Object scalar(JsonNode node, Class<?> type) {
        if (type == boolean.class && node.isBoolean()) {
            return node.booleanValue();
        } else if (type == int.class && node.canConvertToInt() && node.isIntegralNumber()) {
            return node.intValue();
        } else if (type == long.class && node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        } else if (type == double.class && node.isNumber()) {
            return node.doubleValue();
        } else if (type == byte[].class && node.isTextual()) {
            return java.util.Base64.getDecoder().decode(node.textValue());
        } else if (node.isTextual()) {
            return text(node.textValue(), type);
        }
        throw new IllegalArgumentException(node.getNodeType() + " is no " + type.getSimpleName());
    }

    private static Object text(String text, Class<?> type) {
        if (type == String.class) {
            return text;
        } else if (type == Path.class) {
            return Path.of(text);
        } else if (type == Duration.class) {
            try {
                return Duration.parse(text);
            } catch (java.time.format.DateTimeParseException e) {
                throw new IllegalArgumentException("'" + text + "' is no duration", e);
            }
        } else if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants()).filter(c -> ((Enum<?>) c).name().equals(text)).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is no " + type.getSimpleName()));
        }
        throw new IllegalArgumentException("a text is no " + type.getSimpleName());
    }

    private static Object record(JsonNode node, Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = decode(node.path(components[i].getName()), components[i].getGenericType());
        }
        try {
            return type.getDeclaredConstructor(Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new)).newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("is no " + type.getSimpleName() + ": " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }

    private static Class<?> raw(Type type) {
        return type instanceof Class<?> c ? c : (Class<?>) ((ParameterizedType) type).getRawType();
    }

    private static Type argument(Type type, int index) {
        return ((ParameterizedType) type).getActualTypeArguments()[index];
    }
}
