package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.Faults;
import dev.caisson.Network;
import dev.caisson.NetworkBuilder;
import dev.caisson.NetworkEndpoint;
import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.spi.network.NetworkDriver;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A network that this engine made, or that its driver has anyway. */
final class LiveNetwork implements Network {
    private final NetworkRoom room;
    private final NetworkDriver driver;
    private final dev.caisson.spi.network.Network network;
    private final NetworkBuilder.Settings settings;
    private final String id;
    private final boolean standing;
    private boolean removed;

    LiveNetwork(NetworkRoom room, NetworkDriver driver, dev.caisson.spi.network.Network network, NetworkBuilder.Settings settings) {
        this.room = room;
        this.driver = driver;
        this.network = network;
        this.settings = settings;
        this.id = network.id();
        this.standing = false;
    }

    /** The one that a driver has anyway. */
    LiveNetwork(NetworkRoom room, NetworkDriver driver, dev.caisson.spi.network.Network network) {
        this.room = room;
        this.driver = driver;
        this.network = network;
        this.settings = new NetworkBuilder().settings();
        this.id = Ids.random();
        this.standing = true;
    }

    NetworkRoom.Resolved resolved() {
        return new NetworkRoom.Resolved(network.name(), driver, standing ? null : network);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String name() {
        return network.name();
    }

    @Override
    public String driver() {
        return driver.name();
    }

    @Override
    public String subnet() {
        return network.subnet();
    }

    @Override
    public String gateway() {
        return network.gateway();
    }

    @Override
    public String subnet6() {
        return network.subnet6();
    }

    @Override
    public String gateway6() {
        return network.gateway6();
    }

    @Override
    public boolean internal() {
        return network.internal();
    }

    @Override
    public Map<String, String> labels() {
        return settings.labels();
    }

    @Override
    public Map<String, String> options() {
        return settings.options();
    }

    @Override
    public List<Member> members() {
        return on().stream().flatMap(c -> c.connection(name()).stream().map(n -> new Member(c.id(), c.name(),
                n.attachment().addresses().stream().findFirst().orElse("")))).toList();
    }

    @Override
    public List<String> problems() {
        return driver.problems(network);
    }

    @Override
    public void connect(Container container, Consumer<NetworkEndpoint> settings) {
        ContainerSpec.Endpoint endpoint = NetworkEndpoint.of(name(), settings);
        room.own(container, name()).connect(resolved(), endpoint);
    }

    @Override
    public void disconnect(Container container) {
        if (!room.own(container, name()).disconnect(name())) {
            throw new NetworkProblem(Stage.NETWORK, "container " + container.name() + " is not on network '" + name() + "'", "Container.networks() has those it is on");
        }
    }

    @Override
    public Faults between(Container one, Container other) {
        LiveContainer a = member(one);
        LiveContainer b = member(other);
        if (a == b) {
            throw new NetworkProblem(Stage.NETWORK, "between container " + a.name() + " and itself nothing goes over network '" + name() + "'", "name two");
        }
        return new LiveFaults(share -> driver.lose(network, a.id(), b.id(), share), (latency, rate) -> driver.slow(network, a.id(), b.id(), latency, rate));
    }

    private LiveContainer member(Container container) {
        LiveContainer live = room.own(container, name());
        if (!on().contains(live)) {
            throw new NetworkProblem(Stage.NETWORK, "container " + container.name() + " is not on network '" + name() + "'", "connect it first");
        }
        return live;
    }

    @Override
    public synchronized void remove() {
        if (standing) {
            throw new NetworkProblem(Stage.NETWORK, "network '" + name() + "' cannot be removed: the engine has it as long as it is open", "disconnect(…) takes a container off it");
        }
        if (!removed) {
            driver.remove(network);
            removed = true;
            room.forget(this);
        }
    }

    @Override
    public void close() {
        if (standing) {
            remove(); // says why not
        }
        on().stream().filter(c -> !c.run().isDetached()).forEach(c -> c.disconnect(name()));
        if (on().isEmpty()) {
            remove();
        }
    }

    /** Its engine is closed: it ends, or is left with those that outlive it, and its name is free. */
    void end() {
        close();
        room.forget(this);
    }

    private List<LiveContainer> on() {
        return room.on(name(), driver);
    }

    @Override
    public String toString() {
        return "network " + name() + " (" + id().substring(0, 12) + ") " + subnet() + (internal() ? ", internal" : "");
    }
}
