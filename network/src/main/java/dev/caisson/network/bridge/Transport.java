package dev.caisson.network.bridge;

import java.util.Arrays;
import java.util.Optional;

/** What a published port is a port of: in all three the destination port is the second word of the header. */
enum Transport {
    TCP("tcp", 6), UDP("udp", 17), SCTP("sctp", 132);

    /** As in a port mapping. */
    final String label;
    /** Of IANA's protocol numbers. */
    final byte number;

    Transport(String label, int number) {
        this.label = label;
        this.number = (byte) number;
    }

    static Optional<Transport> of(String label) {
        return Arrays.stream(values()).filter(t -> t.label.equals(label)).findFirst();
    }
}
