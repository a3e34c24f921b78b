package dev.caisson.core.trust;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Canonical JSON as Notary signs it (docker/go's canonical/json, after the OLPC's): no white space, members sorted by the bytes of their names, whole numbers, and in texts
 * nothing escaped but the quote and the backslash.
 */
final class Canonical {
    private Canonical() {}

    /** @throws IllegalArgumentException if the tree has numbers or texts that have no canonical form */
    static byte[] bytes(JsonNode node) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(node, out);
        return out.toByteArray();
    }

    private static void write(JsonNode node, ByteArrayOutputStream out) {
        if (node.isObject()) {
            object(node, out);
        } else if (node.isArray()) {
            String before = "[";
            for (JsonNode item : node) {
                out.writeBytes(before.getBytes(StandardCharsets.US_ASCII));
                write(item, out);
                before = ",";
            }
            out.writeBytes((before.equals("[") ? "[]" : "]").getBytes(StandardCharsets.US_ASCII));
        } else if (node.isTextual()) {
            text(node.textValue(), out);
        } else if (node.isIntegralNumber() && node.canConvertToLong()) {
            out.writeBytes(Long.toString(node.longValue()).getBytes(StandardCharsets.US_ASCII));
        } else if (node.isBoolean() || node.isNull()) {
            out.writeBytes(node.asText().getBytes(StandardCharsets.US_ASCII));
        } else {
            throw new IllegalArgumentException("the number " + node + " is not a whole one of 64 bits");
        }
    }

    private static void object(JsonNode node, ByteArrayOutputStream out) {
        TreeMap<byte[], JsonNode> members = new TreeMap<>(Arrays::compareUnsigned);
        for (Iterator<Map.Entry<String, JsonNode>> each = node.fields(); each.hasNext();) {
            Map.Entry<String, JsonNode> member = each.next();
            ByteArrayOutputStream name = new ByteArrayOutputStream();
            utf8(member.getKey(), name);
            members.put(name.toByteArray(), member.getValue());
        }
        char before = '{';
        for (Map.Entry<byte[], JsonNode> member : members.entrySet()) {
            out.write(before);
            text(new String(member.getKey(), StandardCharsets.UTF_8), out);
            out.write(':');
            write(member.getValue(), out);
            before = ',';
        }
        if (before == '{') {
            out.write('{');
        }
        out.write('}');
    }

    private static void text(String text, ByteArrayOutputStream out) {
        out.write('"');
        utf8(text.replace("\\", "\\\\").replace("\"", "\\\""), out);
        out.write('"');
    }

    private static void utf8(String text, ByteArrayOutputStream out) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            out.write(bytes.array(), bytes.arrayOffset(), bytes.limit());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text has half a character (a lone surrogate)", e);
        }
    }
}
