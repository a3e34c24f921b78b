package dev.caisson.network.egress;

import dev.caisson.network.nftables.Batch;

/** IPv4 or IPv6, where rules of both are alike. */
enum Family {
    V4(Batch.IP, 4, 12, 13), V6(Batch.IP6, 16, 8, 1);

    /** Of a table. */
    final int table;
    /** How long an address is. */
    final int bytes;
    /** Where in a header the source stands; the destination comes right behind it. */
    final int source;
    /** Of the ICMP message that says that an administrator forbids it. */
    final int prohibited;

    Family(int table, int bytes, int source, int prohibited) {
        this.table = table;
        this.bytes = bytes;
        this.source = source;
        this.prohibited = prohibited;
    }

    int destination() {
        return source + bytes;
    }

    /** How many 4-byte registers an address fills. */
    int registers() {
        return bytes / 4;
    }
}
