package dev.caisson.spi.network;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Connects network namespaces. Safe for use by several threads. */
public interface NetworkDriver extends AutoCloseable {
    /**
     * The provider's name: {@code none}, {@code host}, {@code bridge} …
     *
     * @return as {@link dev.caisson.spi.DriverProvider#name()}
     */
    String name();

    /**
     * Which network namespace a container on this driver's networks has.
     *
     * @return the same for all networks of a driver
     */
    NamespaceKind namespace();

    /**
     * Makes a network.
     *
     * @param spec its name is the only one in the root; its options fit {@link dev.caisson.spi.DriverProvider#options()}
     * @return with the addresses that were given or chosen
     * @throws dev.caisson.NetworkProblem if the driver has no networks of the user's own, or the kernel refuses
     * @throws dev.caisson.InvalidSpec if an address is none, or they do not go together
     */
    Network create(NetworkSpec spec);

    /**
     * Removes a network made by {@link #create}. Idempotent.
     *
     * @param network what {@link #create} gave
     * @throws dev.caisson.NetworkProblem if somebody is connected to it
     */
    void remove(Network network);

    /**
     * The network that containers are on whose request names none, made if it is not there yet; empty for a driver that has none of which anything could be said.
     *
     * @return the same at each call
     */
    default java.util.Optional<Network> implicit() {
        return java.util.Optional.empty();
    }

    /**
     * Connects one namespace. Called before the launch, or, with a user namespace of its own, between clone and go.
     *
     * @param request what the container asked for
     * @param namespace where its interface goes
     * @return what was attached
     * @throws dev.caisson.NetworkProblem if it cannot be connected, or an address or port is taken; nothing is left of it then
     */
    Attachment attach(AttachRequest request, NamespaceRef namespace);

    /**
     * Connects the namespace of a process that waits to go on; of {@link NamespaceKind#LATE} alone, once for each start of a container.
     *
     * @param attachment what {@link #attach} gave before the process was there
     * @param pid its number on the host
     * @throws dev.caisson.NetworkProblem if it cannot be connected; the start fails with it
     */
    default void enter(Attachment attachment, int pid) {
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "the network driver " + name() + " connects no process that waits to go on",
                "a driver whose namespace() is LATE has to override enter(…)");
    }

    /**
     * Whether it connects namespaces ahead of the containers they will be for; one that does not is never asked to.
     *
     * @return false unless it overrides this
     */
    default boolean attachesAhead() {
        return false;
    }

    /**
     * Connects a namespace that is no container's yet. It has what a container on this network has that asks for nothing special, but nobody reaches it, nor it anybody. What others need
     * it gives up again: it is nobody's reason for a refusal, and {@link #detach} is the end of it, as of any other.
     *
     * @param network null for the driver's implicit one
     * @param id 64 hex digits that are no other container's
     * @param namespace where its interface goes
     * @return without ports; empty where nothing can be spared
     */
    default Optional<Attachment> attachAhead(@Nullable Network network, String id, NamespaceRef namespace) {
        return Optional.empty();
    }

    /**
     * Gives a container what {@link #attachAhead} made: from now on it is as if it had been attached. For requests without addresses of their own.
     *
     * @param ahead what {@link #attachAhead} gave
     * @param request of the same network
     * @param namespace the same, now the container's
     * @return empty if it was given up meanwhile; then nothing of it is there any more
     * @throws dev.caisson.NetworkProblem as {@link #attach}; nothing is left of it then either
     */
    default Optional<Attachment> assign(Attachment ahead, AttachRequest request, NamespaceRef namespace) {
        return Optional.empty();
    }

    /**
     * {@return what is wrong with a network at the moment, in words for the user; empty when all is well}
     *
     * @param network what {@link #create} gave
     */
    default List<String> problems(Network network) {
        return List.of();
    }

    /**
     * Has it said, in words for the user, when somebody else took away something that the driver made on the host, whether it was made again, and when a problem is over.
     *
     * @param listener called by a thread of the driver's; must be quick
     */
    default void reportTo(java.util.function.Consumer<String> listener) {
        // a driver that makes nothing on the host has nothing to say
    }

    /**
     * Tells it of somebody who outlives this JVM. Said once, before anything is attached.
     *
     * @param survivor can be left what has to be undone though this JVM is gone
     */
    default void outlivedBy(Survivor survivor) {
        // what goes with its namespaces and sockets needs nobody
    }

    /**
     * Undoes {@link #attach} of a container that is over. Idempotent.
     *
     * @param attachment what {@link #attach} gave
     */
    void detach(Attachment attachment);

    /**
     * Undoes {@link #attach} of one that runs on and may be on other networks: its routes are led over one of those. Idempotent.
     *
     * @param attachment what {@link #attach} gave
     * @param namespace the container's
     */
    default void leave(Attachment attachment, NamespaceRef namespace) {
        detach(attachment);
    }

    /**
     * Limits what a connected container sends and receives on this network; replaces the limits it had.
     *
     * @param attachment what {@link #attach} gave
     * @param bandwidth bits a second of whole frames, each way; {@link dev.caisson.Bandwidth#UNLIMITED} for none
     * @throws dev.caisson.NetworkProblem if the driver or the kernel cannot; what was limited before is as it was
     */
    default void limit(Attachment attachment, dev.caisson.Bandwidth bandwidth) {
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "the bandwidth of container " + attachment.containerId() + " cannot be limited: the network driver "
                + name() + " limits none", "leave bandwidth(…) out, or give it a bridge network");
    }

    /**
     * Loses packets between two containers that are connected to a network, in both directions; replaces what was lost before.
     *
     * @param network that both are connected to
     * @param container the id of one
     * @param other the id of the other
     * @param share from 0 for none to 1 for all
     * @throws dev.caisson.NetworkProblem if the driver or the kernel cannot, or one of them is not connected
     */
    default void lose(Network network, String container, String other, double share) {
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "no faults can be made on network '" + network.name() + "': the network driver " + name() + " makes none",
                "use a bridge network");
    }

    /**
     * Whether it gives a container the MAC address and the link-local addresses of its {@link AttachRequest}; one that does not is asked for no container that wants them.
     *
     * @return false unless it overrides this
     */
    default boolean givesLinkAddresses() {
        return false;
    }

    /**
     * Whether it holds a container to the policy of its {@link AttachRequest#egress}; one that does not is asked for no container that has one.
     *
     * @return false unless it overrides this
     */
    default boolean enforcesEgress() {
        return false;
    }

    /**
     * Holds a container that is connected to a policy from now on; replaces the one it had. Asked of those that say {@link #enforcesEgress}.
     *
     * @param attachment what {@link #attach} gave
     * @param egress all that it may reach from now on
     * @param attempts is told what it tries
     * @throws dev.caisson.NetworkProblem if it cannot be; then the policy it had holds
     */
    default void restrict(Attachment attachment, dev.caisson.Egress egress, java.util.function.Consumer<dev.caisson.EgressAttempt> attempts) {
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "what container " + attachment.containerId() + " may reach cannot be changed: the network driver " + name()
                + " holds it to no policy", "use a bridge network");
    }

    /**
     * Whether a container's place on its networks can be there without this JVM; one that does not say so is asked for none that is detached.
     *
     * @return false unless it overrides this
     */
    default boolean outlives() {
        return false;
    }

    /**
     * Makes a container's place on a network last as long as somebody holds what is returned. {@link #close} leaves it then, and the network it is on. Idempotent.
     *
     * @param attachment what {@link #attach} gave
     * @return descriptors that keep it there, the caller's to pass on and to close
     * @throws dev.caisson.NetworkProblem if something of it needs this JVM
     */
    default Held hold(Attachment attachment) {
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "the place of container " + attachment.containerId() + " on its network cannot outlive the JVM: the network driver "
                + name() + " keeps none", "use a bridge network");
    }

    /**
     * Makes packets between two containers that are connected to a network slow, in each direction; replaces how slow they were.
     *
     * @param network that both are connected to
     * @param container the id of one
     * @param other the id of the other
     * @param latency how much later each arrives; zero for no later
     * @param rate the most bits a second; 0 for any
     * @throws dev.caisson.NetworkProblem if the driver or the kernel cannot, or one of them is not connected; then nothing is slow
     */
    default void slow(Network network, String container, String other, java.time.Duration latency, long rate) {
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "no way is made slow on network '" + network.name() + "': the network driver " + name() + " makes none",
                "use a bridge network");
    }

    @Override
    void close();

    /** Whose network namespace a container gets. */
    enum NamespaceKind {
        /** One of its own. */
        PRIVATE,
        /** The host's. */
        HOST,
        /** One of its own that is made with its process: {@link #attach} is called with {@link NamespaceRef#HOST} before there is one, {@link #enter} once there is. */
        LATE
    }
}
