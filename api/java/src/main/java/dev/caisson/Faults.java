package dev.caisson;

/**
 * What goes wrong on purpose between two containers of a network, until {@link #heal()}: {@code network.between(a, b).loss(0.01)}. Each call replaces what the same call did
 * before. It ends with the network, or when one of the two leaves it.
 */
public interface Faults extends AutoCloseable {
    /**
     * Nothing passes between the two, in either direction, over this network.
     *
     * @return this
     */
    Faults partition();

    /**
     * Packets are lost at random, in each direction.
     *
     * @param share from 0 for none to 1 for all
     * @return this
     * @throws InvalidSpec if it is not a share
     */
    Faults loss(double share);

    /**
     * Each packet arrives later, in each direction, so that there and back takes twice as long. Needs the kernel's netem, ifb, u32 and mirred.
     *
     * @param later from zero for none to an hour
     * @return this
     * @throws InvalidSpec if it is not
     * @throws NetworkProblem if the kernel cannot; then there is neither latency nor rate
     */
    Faults latency(java.time.Duration later);

    /**
     * No more than this passes in each direction. What does is not counted to what {@link Container#bandwidth()} lets the two send. Needs the kernel's tbf, ifb, u32 and mirred.
     *
     * @param bits a second of whole frames, such as {@code 1mbit}, as in {@link ContainerBuilder#bandwidth}; "" for any
     * @return this
     * @throws InvalidSpec if it is not
     * @throws NetworkProblem if the kernel cannot; then there is neither latency nor rate
     */
    Faults rate(String bits);

    /** All passes again. */
    void heal();

    /** As {@link #heal()}. */
    @Override
    default void close() {
        heal();
    }
}
