package dev.caisson.network.etcd;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.network.etcd.EtcdFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The gateway's JSON: numbers of 64 bits are texts, keys and values base64, and what is 0, false or empty is left out. Pure; whatever comes is a value or an {@link EtcdFailure}. */
final class Wire {
    private static final int DEPTH = 32;
    private static final int MAX_ENTRIES = 100_000;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder().streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).maxNumberLength(32)
            .build()).enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Wire() {}

    static String encode(String key) {
        return encode(key.getBytes(StandardCharsets.UTF_8));
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The first key after all that begin so. */
    static String end(String prefix) {
        return prefix.substring(0, prefix.length() - 1) + (char) (prefix.charAt(prefix.length() - 1) + 1);
    }

    static JsonNode parse(byte[] answer) throws EtcdFailure {
        try {
            JsonNode node = JSON.readTree(answer);
            if (node == null || !node.isObject()) {
                throw new EtcdFailure(Kind.GARBAGE, "the answer is no JSON object");
            }
            return node;
        } catch (IOException e) {
            throw new EtcdFailure(Kind.GARBAGE, "the answer is not JSON: " + firstLine(e), e);
        }
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** A number that may be left out. */
    static long number(JsonNode object, String name) throws EtcdFailure {
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            return 0;
        }
        String text = value.isTextual() || value.isIntegralNumber() ? value.asText() : "";
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new EtcdFailure(Kind.GARBAGE, name + " is no number", e);
        }
    }

    private static byte[] bytes(JsonNode object, String name) throws EtcdFailure {
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            return new byte[0];
        }
        try {
            if (value.isTextual()) {
                return Base64.getDecoder().decode(value.asText());
            }
        } catch (IllegalArgumentException e) {
            throw new EtcdFailure(Kind.GARBAGE, name + " is no base64", e);
        }
        throw new EtcdFailure(Kind.GARBAGE, name + " is no base64");
    }

    /** The store's revision when it answered; 0 if it does not say. */
    static long revision(JsonNode answer) throws EtcdFailure {
        return number(answer.path("header"), "revision");
    }

    static KeyValue entry(JsonNode node) throws EtcdFailure {
        byte[] key = bytes(node, "key");
        try {
            String name = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
            return new KeyValue(name, bytes(node, "value"), number(node, "create_revision"), number(node, "mod_revision"));
        } catch (CharacterCodingException e) {
            throw new EtcdFailure(Kind.GARBAGE, "a key is no UTF-8", e);
        }
    }

    /** The entries of a range. */
    static List<KeyValue> entries(JsonNode range) throws EtcdFailure {
        List<KeyValue> found = new ArrayList<>();
        for (JsonNode each : list(range, "kvs")) {
            found.add(entry(each));
        }
        return found;
    }

    private static JsonNode list(JsonNode object, String name) throws EtcdFailure {
        JsonNode list = object.path(name);
        if (!list.isMissingNode() && !list.isArray() || list.size() > MAX_ENTRIES) {
            throw new EtcdFailure(Kind.GARBAGE, name + " is no list, or one of more than " + MAX_ENTRIES);
        }
        return list;
    }

    static Transaction.Outcome outcome(JsonNode answer) throws EtcdFailure {
        List<KeyValue> found = new ArrayList<>();
        for (JsonNode each : list(answer, "responses")) {
            found.addAll(entries(each.path("response_range")));
        }
        return new Transaction.Outcome(answer.path("succeeded").asBoolean(false), revision(answer), found);
    }

    /** One message of a watch. */
    static WatchMessage watch(JsonNode line) throws EtcdFailure {
        if (line.has("error")) {
            throw failure(line, 200);
        }
        JsonNode result = line.path("result");
        if (!result.isObject()) {
            throw new EtcdFailure(Kind.GARBAGE, "a message of the watch has no result");
        }
        if (result.path("canceled").asBoolean(false)) {
            long compacted = number(result, "compact_revision");
            throw new EtcdFailure(compacted > 0 ? Kind.COMPACTED : Kind.REFUSED, "the watch was cancelled" + (compacted > 0 ? ": all before revision " + compacted + " is compacted"
                    : " " + quote(result.path("cancel_reason").asText(""))));
        }
        List<Event> events = new ArrayList<>();
        for (JsonNode each : list(result, "events")) {
            events.add(new Event(each.path("type").asText("PUT").equals("DELETE"), entry(each.path("kv"))));
        }
        return new WatchMessage(revision(result), events);
    }

    /** What an answer with a bad status means; its body may be anything. */
    static EtcdFailure failure(byte[] body, int status) {
        try {
            return failure(parse(body), status);
        } catch (EtcdFailure e) {
            Kind kind = status == 401 || status == 403 ? Kind.DENIED : status >= 500 ? Kind.UNREACHABLE : Kind.GARBAGE;
            return new EtcdFailure(kind, "HTTP status " + status + " " + quote(new String(body, 0, Math.min(body.length, 400), StandardCharsets.ISO_8859_1).strip()), e);
        }
    }

    /** What an answer that is an error means. */
    static EtcdFailure failure(JsonNode answer, int status) {
        JsonNode error = answer.path("error");
        JsonNode described = error.isObject() ? error : answer;
        String text = error.isObject() ? error.path("message").asText("") : error.asText(answer.path("message").asText(""));
        int code = described.path("code").asInt(described.path("grpc_code").asInt(-1));
        Kind kind = text.contains("compacted") ? Kind.COMPACTED : text.contains("lease not found") ? Kind.NO_LEASE
                : code == 16 || code == 7 || status == 401 || status == 403 || text.contains("authentication failed") || text.contains("auth token") || text.contains("user name is empty")
                ? Kind.DENIED : code == 14 || code == 4 || status >= 500 ? Kind.UNREACHABLE : Kind.REFUSED;
        return new EtcdFailure(kind, text.isEmpty() ? "HTTP status " + status : quote(text));
    }

    /** Words of etcd's for a message of ours: no control characters, and not too many. */
    static String quote(String words) {
        String clean = words.replaceAll("\\p{Cntrl}", "?");
        return "\"" + (clean.length() > 200 ? clean.substring(0, 200) + "…" : clean) + "\"";
    }
}
