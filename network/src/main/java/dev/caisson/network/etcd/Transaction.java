package dev.caisson.network.etcd;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** If all conditions hold, all changes happen as one; else nothing does. A builder of the request's JSON; no I/O. */
public final class Transaction {
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();
    private final ArrayNode compare = body.putArray("compare");
    private final ArrayNode success = body.putArray("success");
    private final ArrayNode failure = body.putArray("failure");

    /**
     * What became of one.
     *
     * @param found the keys it read because it did not succeed
     */
    public record Outcome(boolean succeeded, long revision, List<KeyValue> found) {
        public Outcome {
            found = List.copyOf(found);
        }
    }

    private ObjectNode condition(String key, String target) {
        return compare.addObject().put("key", Wire.encode(key)).put("target", target).put("result", "EQUAL");
    }

    /** The key is not there. */
    public Transaction ifAbsent(String key) {
        condition(key, "CREATE").put("create_revision", "0");
        return this;
    }

    /** No key begins so. */
    public Transaction ifNoneBelow(String prefix) {
        condition(prefix, "CREATE").put("range_end", Wire.encode(Wire.end(prefix))).put("create_revision", "0");
        return this;
    }

    /** The key has not changed since. */
    public Transaction ifUnchanged(KeyValue seen) {
        condition(seen.key(), "MOD").put("mod_revision", Long.toString(seen.modified()));
        return this;
    }

    /** The key has this value. */
    public Transaction ifValue(String key, byte[] value) {
        condition(key, "VALUE").put("value", Wire.encode(value));
        return this;
    }

    /** Sets a key. @param lease with which it goes; 0 for none */
    public Transaction put(String key, byte[] value, long lease) {
        success.addObject().putObject("request_put").put("key", Wire.encode(key)).put("value", Wire.encode(value)).put("lease", Long.toString(lease));
        return this;
    }

    /** Deletes a key. */
    public Transaction delete(String key) {
        success.addObject().putObject("request_delete_range").put("key", Wire.encode(key));
        return this;
    }

    /** Reads a key if the conditions do not hold. */
    public Transaction elseRead(String key) {
        failure.addObject().putObject("request_range").put("key", Wire.encode(key));
        return this;
    }

    ObjectNode body() {
        return body;
    }
}
