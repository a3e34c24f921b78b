package dev.caisson.core.security.seccomp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** A JSON object of a profile with its place in the document, which every error names. Null members count as absent, as in Go. */
final class JsonObject {
    private static final BigInteger UINT64 = BigInteger.ONE.shiftLeft(64);

    private final String place;
    private final JsonNode node;

    JsonObject(String place, JsonNode node) {
        this.place = place;
        this.node = node;
        if (!node.isObject()) {
            throw problem("", "is " + what(node) + ", not an object", "");
        }
    }

    /** Refuses members that are not among these: one that is not understood may have been meant to deny something. */
    void only(Set<String> known) {
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                String nearest = Nearest.to(name, known);
                throw problem(name, "is not a member of a seccomp profile", nearest.isEmpty() ? "" : "did you mean " + nearest + "?");
            }
        }
    }

    boolean has(String name) {
        JsonNode member = node.get(name);
        return member != null && !member.isNull();
    }

    /** A text, or "" where it is absent. */
    String text(String name) {
        if (!has(name)) {
            return "";
        }
        JsonNode member = node.get(name);
        if (!member.isTextual()) {
            throw problem(name, "is " + what(member) + ", not a string", "");
        }
        return member.textValue();
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array(name)) {
            if (!element.isTextual() || element.textValue().isEmpty()) {
                throw problem(name, "holds " + what(element) + " where a name belongs", "");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        for (JsonNode element : array(name)) {
            objects.add(new JsonObject(at(name) + "[" + objects.size() + "]", element));
        }
        return objects;
    }

    JsonObject object(String name) {
        return new JsonObject(at(name), node.get(name));
    }

    /** An unsigned 64-bit number as a bit pattern; 0 where it is absent. */
    long uint64(String name) {
        if (!has(name)) {
            return 0;
        }
        JsonNode member = node.get(name);
        if (!member.isIntegralNumber() || member.bigIntegerValue().signum() < 0 || member.bigIntegerValue().compareTo(UINT64) >= 0) {
            throw problem(name, "is " + what(member) + ", not a whole number from 0 to 2^64-1", "write -1 as 18446744073709551615");
        }
        return member.bigIntegerValue().longValue();
    }

    OptionalInt number(String name, int largest) {
        if (!has(name)) {
            return OptionalInt.empty();
        }
        long number = uint64(name);
        if (number < 0 || number > largest) {
            throw problem(name, "is " + Long.toUnsignedString(number) + ", the largest possible is " + largest, "");
        }
        return OptionalInt.of((int) number);
    }

    InvalidSpec problem(String name, String why, String remedy) {
        return new InvalidSpec("seccomp", at(name) + " " + why, remedy);
    }

    private Iterable<JsonNode> array(String name) {
        if (!has(name)) {
            return List.of();
        }
        if (!node.get(name).isArray()) {
            throw problem(name, "is " + what(node.get(name)) + ", not an array", "");
        }
        return node.get(name);
    }

    private String at(String name) {
        return place.isEmpty() ? name.isEmpty() ? "the profile" : name : name.isEmpty() ? place : place + "." + name;
    }

    private static String what(JsonNode node) {
        String text = node.toString();
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }
}
