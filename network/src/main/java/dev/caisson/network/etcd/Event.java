package dev.caisson.network.etcd;

/** A change of a key. @param deleted whether it is gone */
public record Event(boolean deleted, KeyValue entry) {
}
