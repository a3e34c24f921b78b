package dev.caisson;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A network that was made. Its containers reach each other by name, those of other networks not at all. All methods may be called from any thread. */
public interface Network extends AutoCloseable {
    /** 64 lower-case hex digits. */
    String id();

    /** As it was given when it was made; unique among the engines of a root. */
    String name();

    /** The name of its driver. */
    String driver();

    /** Its addresses as {@code 10.5.0.0/24}. */
    String subnet();

    /** The router's address in it. */
    String gateway();

    /** Its IPv6 addresses as {@code fd12:3456:789a:1::/64}; "" where there are none. */
    String subnet6();

    /** The router's address in them; "" where there are none. */
    String gateway6();

    /** Whether it has no way out. */
    boolean internal();

    /** What the user noted with it; the engine reads none of it. */
    Map<String, String> labels();

    /** The driver's options it was made with. */
    Map<String, String> options();

    /** Who is connected, in the order of connecting. */
    List<Member> members();

    /** What is wrong with it at the moment, in words: for an overlay network that etcd does not answer, or that another host took an address. Empty when all is well. */
    List<String> problems();

    /** Connects a running container of the same engine. */
    default void connect(Container container) {
        connect(container, endpoint -> { });
    }

    /**
     * The same with an address or names.
     *
     * @throws NetworkProblem if it is connected already, has no network namespace of its own, or the address is taken
     */
    void connect(Container container, Consumer<NetworkEndpoint> settings);

    /**
     * Takes a running container off it. Its ports stay published if they were published over another network.
     *
     * @throws NetworkProblem if it is not connected
     */
    void disconnect(Container container);

    /**
     * What is to go wrong between two of its containers.
     *
     * @throws NetworkProblem if one of them is not on it, or its driver cannot do that
     */
    Faults between(Container one, Container other);

    /**
     * Removes it.
     *
     * @throws NetworkProblem if containers are connected; it says which
     */
    void remove();

    /** Disconnects whoever is connected, and removes it. Idempotent. */
    @Override
    void close();

    /**
     * A connected container.
     *
     * @param address with prefix length
     */
    record Member(String containerId, String containerName, String address) {}
}
