package dev.caisson.network.etcd;

/**
 * A key and what it has.
 *
 * @param value empty for one that was deleted
 * @param created the revision in which it was made; 0 for one that was deleted
 * @param modified the revision in which it was last changed
 */
public record KeyValue(String key, byte[] value, long created, long modified) {
}
