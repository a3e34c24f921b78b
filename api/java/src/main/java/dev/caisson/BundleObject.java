package dev.caisson;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An object of a bundle's config.json: its members by type, wrong ones reported by their full name, and those that are not supported refused by it. */
final class BundleObject {
    private final String path;
    private final Map<?, ?> members;
    private final SpecValidator problems;

    BundleObject(String path, Map<?, ?> members, SpecValidator problems) {
        this.path = path;
        this.members = members;
        this.problems = problems;
    }

    /** The member as messages call it: {@code config.json linux.resources.memory}. */
    String named(String key) {
        return "config.json " + (path.isEmpty() ? key : path + "." + key);
    }

    boolean has(String key) {
        return members.get(key) != null;
    }

    void wrong(String key, String why, String remedy) {
        problems.add(named(key), why, remedy);
    }

    /** It is there, and not what an absent one would mean. */
    void refuse(String key, String why, String remedy) {
        Object value = members.get(key);
        boolean empty = value == null || value.equals("") || value.equals(Boolean.FALSE) || value instanceof List<?> l && l.isEmpty() || value instanceof Map<?, ?> m && m.isEmpty();
        if (!empty) {
            wrong(key, "is not supported: " + why, remedy);
        }
    }

    private <T> T member(String key, Class<T> type, String what, T otherwise) {
        Object value = members.get(key);
        if (value == null) {
            return otherwise;
        }
        if (type.isInstance(value)) {
            return type.cast(value);
        }
        wrong(key, "is not " + what, "");
        return otherwise;
    }

    String text(String key) {
        String text = member(key, String.class, "a text", "");
        if (text.indexOf('\0') >= 0) {
            wrong(key, "contains a NUL character, where the kernel's strings end", "");
            return "";
        }
        return text;
    }

    boolean flag(String key) {
        return member(key, Boolean.class, "true or false", false);
    }

    /** Null if there is none. */
    @Nullable Long number(String key) {
        Object value = members.get(key);
        if (value == null) {
            return null;
        }
        try {
            if (value instanceof BigDecimal number && number.scale() > -20) {
                return number.longValueExact();
            }
        } catch (ArithmeticException e) {
            // said below
        }
        wrong(key, "is not a whole number of 64 bits", "");
        return null;
    }

    /** As an unsigned one, where the kernel's "no limit" is the greatest. */
    long unsigned(String key) {
        Object value = members.get(key);
        if (value instanceof BigDecimal number && number.scale() == 0 && number.signum() >= 0 && number.toBigInteger().bitLength() <= 64) {
            return number.toBigInteger().longValue();
        }
        wrong(key, "is not a number from 0 to 2^64 - 1", "");
        return 0;
    }

    int number(String key, int from, int to, int otherwise) {
        Long value = number(key);
        if (value == null) {
            return otherwise;
        }
        if (value < from || value > to) {
            wrong(key, "is not between " + from + " and " + to, "");
            return otherwise;
        }
        return (int) (long) value;
    }

    BundleObject object(String key) {
        return new BundleObject(path.isEmpty() ? key : path + "." + key, member(key, Map.class, "an object", Map.of()), problems);
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Object each : member(key, List.class, "an array", List.of())) {
            if (each instanceof String text && text.indexOf('\0') < 0) {
                texts.add(text);
            } else {
                wrong(key, "has an element that is no text", "");
            }
        }
        return texts;
    }

    List<Long> numbers(String key, long greatest) {
        List<Long> numbers = new ArrayList<>();
        for (Object each : member(key, List.class, "an array", List.of())) {
            long number = each instanceof BigDecimal d && d.scale() == 0 && d.precision() < 19 ? d.longValue() : -1;
            if (number < 0 || number > greatest) {
                wrong(key, "has an element that is no number from 0 to " + greatest, "");
            } else {
                numbers.add(number);
            }
        }
        return numbers;
    }

    List<BundleObject> objects(String key) {
        List<BundleObject> objects = new ArrayList<>();
        int index = 0;
        for (Object each : member(key, List.class, "an array", List.of())) {
            String name = (path.isEmpty() ? key : path + "." + key) + "[" + index++ + "]";
            if (each instanceof Map<?, ?> map) {
                objects.add(new BundleObject(name, map, problems));
            } else {
                wrong(key, "has an element that is no object", "");
            }
        }
        return objects;
    }

    /** Of an object whose members are all texts. */
    Map<String, String> map(String key) {
        BundleObject object = object(key);
        Map<String, String> map = new LinkedHashMap<>();
        object.members.keySet().forEach(k -> map.put(k.toString(), object.text(k.toString())));
        return map;
    }

    /** Each element made into something else; those that cannot be are reported with the exception's message. */
    <T> List<T> each(String key, Function<String, T> made) {
        List<T> all = new ArrayList<>();
        for (String text : texts(key)) {
            try {
                all.add(made.apply(text));
            } catch (IllegalArgumentException e) {
                wrong(key, "has an " + e.getMessage(), "");
            }
        }
        return all;
    }
}
