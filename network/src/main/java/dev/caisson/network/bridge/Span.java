package dev.caisson.network.bridge;

import java.util.List;
import java.util.Optional;

/** What a bridge network that spans several hosts knows of the others. Its driver says it. Thread-safe. */
public interface Span {
    /**
     * Asks for an address of the subnet that nobody here has.
     *
     * @param container whose it will be
     * @param names by which the others find it
     * @return false if somebody elsewhere has it
     * @throws dev.caisson.NetworkProblem if the others cannot be asked, or the address cannot be had on this host
     */
    boolean claim(int address, String container, List<String> names);

    /** Takes back what {@link #claim} gave. Never fails. */
    void release(int address);

    /** The addresses that a name in lower case has elsewhere. */
    List<Integer> lookup(String name);

    /** The main name of an address elsewhere. */
    Optional<String> reverse(int address);

    /** The bridge was removed by somebody and made again: what leads to the other hosts is to be plugged in again. */
    void replugged();

    /** Who has an address elsewhere, for a message. */
    String holder(int address);
}
