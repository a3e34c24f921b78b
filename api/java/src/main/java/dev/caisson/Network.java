package dev.caisson;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A network that was made. Its containers reach each other by name, those of other networks not at all. All methods may be called from any thread. */
public interface Network extends AutoCloseable {
    /** {@return 64 lower-case hex digits} */
    String id();

    /** {@return the name it was given when it was made; unique among the engines of a root} */
    String name();

    /**
     * The name of its driver.
     *
     * @return {@code bridge}, {@code overlay}, {@code macvlan}, {@code ipvlan}, or that of one's own
     */
    String driver();

    /**
     * Its addresses as {@code 10.5.0.0/24}.
     *
     * @return IPv4 with prefix length
     */
    String subnet();

    /**
     * The router's address in it.
     *
     * @return without prefix length, {@code 10.5.0.1}
     */
    String gateway();

    /**
     * Its IPv6 addresses as {@code fd12:3456:789a:1::/64}; "" where there are none.
     *
     * @return IPv6 with prefix length
     */
    String subnet6();

    /**
     * The router's address in them; "" where there are none.
     *
     * @return without prefix length
     */
    String gateway6();

    /** {@return whether it has no way out} */
    boolean internal();

    /** {@return what the user noted with it; the engine reads none of it} */
    Map<String, String> labels();

    /** {@return the driver's options it was made with} */
    Map<String, String> options();

    /**
     * Who is connected, in the order of connecting.
     *
     * @return as of now; empty if nobody is
     */
    List<Member> members();

    /**
     * What is wrong with it at the moment, in words: for an overlay network that etcd does not answer, or that another host took an address. Empty when all is well.
     *
     * @return each with what would mend it, as far as that is known
     */
    List<String> problems();

    /**
     * Connects a running container of the same engine. Ports that were published over a network it left are published over this one, under the same numbers of the host, if it has a way in and the
     * same driver.
     *
     * @param container it may be on other networks ({@code docker network connect})
     * @throws NetworkProblem if it is connected already, is another engine's, or has no network namespace of its own
     * @throws EngineProblem if it is detached
     */
    default void connect(Container container) {
        connect(container, endpoint -> { });
    }

    /**
     * The same with an address or names.
     *
     * @param container it may be on other networks
     * @param settings its address, MAC and further names there
     * @throws NetworkProblem if it is connected already, has no network namespace of its own, or the address is taken
     * @throws InvalidSpec if an address or name is none
     * @throws EngineProblem if it is detached
     */
    void connect(Container container, Consumer<NetworkEndpoint> settings);

    /**
     * Takes a running container off it. Its ports stay published if they were published over another network; else they are again once it is {@linkplain #connect connected} to one.
     *
     * @param container its default route moves to the next of its networks that has a way out ({@code docker network disconnect})
     * @throws NetworkProblem if it is not connected
     * @throws EngineProblem if it is detached
     */
    void disconnect(Container container);

    /**
     * What is to go wrong between two of its containers.
     *
     * @param one connected to this network
     * @param other another one
     * @return nothing goes wrong before one of its methods says what; closing it heals all
     * @throws NetworkProblem if one of them is not on it, or its driver cannot do that
     */
    Faults between(Container one, Container other);

    /**
     * Removes it.
     *
     * @throws NetworkProblem if containers are connected, it says which; or if it is one that is always there
     */
    void remove();

    /** Disconnects whoever is connected, and removes it. Idempotent. */
    @Override
    void close();

    /**
     * A connected container.
     *
     * @param containerId 64 hex digits
     * @param containerName as of {@link Container#name()}
     * @param address with prefix length
     */
    record Member(String containerId, String containerName, String address) {}
}
