package dev.caisson.network.etcd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.network.etcd.EtcdFailure.Kind;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What comes from etcd, or from whoever answers in its place: values, or an {@link EtcdFailure}. */
class WireTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode parse(String json) throws EtcdFailure {
        return Wire.parse(bytes(json));
    }

    /** As etcd 3.4 wrote them. */
    @Test
    void answersOfARealOne() throws EtcdFailure {
        KeyValue entry = Wire.entries(parse("{\"header\":{\"cluster_id\":\"324952591200643719\",\"revision\":\"2\"},\"kvs\":[{\"key\":\"YQ==\",\"create_revision\":\"2\",\"mod_revision\":\"3\","
                + "\"version\":\"1\",\"value\":\"Yg==\"}],\"count\":\"1\"}")).get(0);
        assertEquals("a 2 3", entry.key() + " " + entry.created() + " " + entry.modified());
        assertArrayEquals(new byte[] {'b'}, entry.value());
        Transaction.Outcome refused = Wire.outcome(parse("{\"header\":{\"revision\":\"2\"},\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"YQ==\"}]}}]}"));
        assertEquals("false 2 1", refused.succeeded() + " " + refused.revision() + " " + refused.found().size());
        assertTrue(Wire.outcome(parse("{\"succeeded\":true}")).succeeded());
        WatchMessage watch = Wire.watch(parse("{\"result\":{\"header\":{\"revision\":\"3\"},\"events\":[{\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"2\",\"value\":\"Yg==\"}},"
                + "{\"type\":\"DELETE\",\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"3\"}}]}}"));
        assertEquals(List.of(false, true), watch.events().stream().map(Event::deleted).toList());
    }

    @Test
    void failuresOfARealOne() {
        assertEquals(Kind.COMPACTED, assertThrows(EtcdFailure.class, () -> Wire.watch(parse("{\"result\":{\"header\":{},\"canceled\":true,\"compact_revision\":\"3\"}}"))).kind());
        assertEquals(Kind.REFUSED, assertThrows(EtcdFailure.class, () -> Wire.watch(parse("{\"result\":{\"canceled\":true,\"cancel_reason\":\"because\"}}"))).kind());
        List.of("{\"error\":\"etcdserver: requested lease not found\",\"code\":5} NO_LEASE", "{\"error\":\"etcdserver: mvcc: required revision has been compacted\",\"code\":11} COMPACTED",
                "{\"error\":\"etcdserver: permission denied\",\"code\":7} DENIED", "{\"error\":\"etcdserver: invalid auth token\",\"code\":16} DENIED",
                "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"unavailable\"}} UNREACHABLE", "{\"error\":\"etcdserver: too many operations\",\"code\":3} REFUSED").forEach(each -> {
                    int space = each.lastIndexOf(' ');
                    try {
                        assertEquals(each.substring(space + 1), Wire.failure(parse(each.substring(0, space)), 400).kind().name(), each);
                    } catch (EtcdFailure e) {
                        throw new AssertionError(each, e);
                    }
                });
        String message = Wire.failure(com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode().put("error", "x\n\u001b[31m" + "y".repeat(1000)), 400).getMessage();
        assertTrue(message.length() < 250 && message.chars().noneMatch(Character::isISOControl), message);
    }

    /** Nothing but a value or an EtcdFailure. */
    private static void read(byte[] answer) {
        try {
            JsonNode node = Wire.parse(answer);
            attempt(() -> Wire.entries(node));
            attempt(() -> Wire.outcome(node));
            attempt(() -> Wire.watch(node));
            attempt(() -> Wire.revision(node));
            Wire.failure(node, 400);
        } catch (EtcdFailure e) {
            assertTrue(e.kind() == Kind.GARBAGE && e.getMessage() != null);
        }
        Watch watch = new Watch(new ByteArrayInputStream(answer), () -> {});
        assertThrows(EtcdFailure.class, () -> {
            while (true) {
                watch.next();
            }
        });
    }

    private interface Step {
        Object run() throws EtcdFailure;
    }

    private static void attempt(Step step) {
        try {
            step.run();
        } catch (EtcdFailure e) {
            // allowed
        }
    }

    @Property(tries = 1000)
    void garbage(@ForAll byte[] answer) {
        read(answer);
    }

    private static final String[] LEAVES = {"\"YQ==\"", "\"!\"", "\"/w==\"", "\"12\"", "\"99999999999999999999\"", "-1", "1.5", "true", "null", "[]", "{}", "\"DELETE\"", "\"\\u0000\"", "1e999"};
    private static final String[] NAMES = {"header", "revision", "kvs", "key", "value", "create_revision", "mod_revision", "responses", "response_range", "result", "events", "type", "kv", "canceled",
        "compact_revision", "error", "code", "message", "succeeded", "more", "TTL", "ID"};

    /** Words of the protocol in any order, so that the inner parsers are reached. */
    @Property(tries = 2000)
    void almostRight(@ForAll long seed) {
        read(bytes(document(new Random(seed), 0)));
    }

    private static String document(Random random, int depth) {
        int kind = depth == 0 ? 2 : random.nextInt(depth > 4 ? 1 : 4);
        if (kind == 0) {
            return LEAVES[random.nextInt(LEAVES.length)];
        }
        List<String> parts = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            parts.add((kind == 1 ? "" : "\"" + NAMES[random.nextInt(NAMES.length)] + "\":") + document(random, depth + 1));
        }
        return (kind == 1 ? "[" : "{") + String.join(",", parts) + (kind == 1 ? "]" : "}");
    }

    @Test
    void nestedWithoutEndOrTooLong() {
        read(bytes("[".repeat(1 << 16)));
        read(bytes("{\"result\":".repeat(1 << 14)));
        read(bytes("{} {}"));
        read(bytes("{\"a\":1,\"a\":2}"));
        read(new byte[0]);
    }

    @Test
    void theEndOfAPrefix() {
        assertEquals("/caisson/members/mesh0", Wire.end("/caisson/members/mesh/"));
    }
}
