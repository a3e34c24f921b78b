package dev.caisson.network.overlay;

import java.util.List;

/** Where the hosts of a network learn of each other's containers. */
interface Directory extends AutoCloseable {
    /** As {@link dev.caisson.network.bridge.Span#claim}. */
    boolean claim(int address, String container, List<String> names);

    /** As {@link dev.caisson.network.bridge.Span#release}. */
    void release(int address);

    /** Who has an address elsewhere. */
    String holder(int address);

    /** What is wrong at the moment, in words. */
    List<String> problems();

    /** Ends it; what this host said of itself is taken back. */
    @Override
    void close();
}
