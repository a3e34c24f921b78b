package dev.caisson.network.bridge;

import dev.caisson.network.nftables.Batch;

/** IPv4 or IPv6, where rules of both are alike. */
enum Family {
    V4(Batch.IP, 4, 16), V6(Batch.IP6, 16, 24);

    /** Of a table. */
    final int table;
    /** How long an address is. */
    final int bytes;
    /** Where in a header the destination stands. */
    final int destination;

    Family(int table, int bytes, int destination) {
        this.table = table;
        this.bytes = bytes;
        this.destination = destination;
    }

    /** How many 4-byte registers an address fills. */
    int registers() {
        return bytes / 4;
    }
}
