package dev.caisson;

/**
 * What goes wrong on purpose between two containers of a network, until {@link #heal()}: {@code network.between(a, b).loss(0.01)}. Each call replaces what the same call did
 * before. It ends with the network, or when one of the two leaves it.
 */
public interface Faults extends AutoCloseable {
    /** Nothing passes between the two, in either direction, over this network. */
    Faults partition();

    /**
     * Packets are lost at random, in each direction.
     *
     * @param share from 0 for none to 1 for all
     * @throws InvalidSpec if it is not a share
     */
    Faults loss(double share);

    /** All passes again. */
    void heal();

    /** As {@link #heal()}. */
    @Override
    default void close() {
        heal();
    }
}
