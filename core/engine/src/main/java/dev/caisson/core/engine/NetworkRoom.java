package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerSpec.Endpoint;
import dev.caisson.InvalidSpec;
import dev.caisson.Nearest;
import dev.caisson.Network;
import dev.caisson.NetworkBuilder;
import dev.caisson.NetworkProblem;
import dev.caisson.Networks;
import dev.caisson.Stage;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The networks of this engine: those its drivers have anyway, and those that were made. */
final class NetworkRoom implements Networks, AutoCloseable {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
    private static final String BRIDGE = "bridge";
    /** What an ordinary user has for it: the first of which the host has. */
    private static final List<String> ORDINARY = List.of("slirp4netns", "pasta");
    private static final List<String> RESERVED = List.of("none", "host", "bridge", "default");

    private final LocalEngine engine;
    private final EngineHome home;
    private final Drivers drivers;
    private final SharedNetwork shared;
    private final Map<String, LiveNetwork> made = new LinkedHashMap<>();
    private final Map<String, LiveNetwork> standing = new LinkedHashMap<>();

    /** @param network null for the driver's implicit one */
    record Resolved(String name, NetworkDriver driver, dev.caisson.spi.network.@Nullable Network network) {}

    NetworkRoom(LocalEngine engine, EngineHome home, Drivers drivers) {
        this.engine = engine;
        this.home = home;
        this.drivers = drivers;
        this.shared = new SharedNetwork(engine);
        drivers.reportTo(this::disturbed);
    }

    /** Who may be in a network namespace beside whom. */
    SharedNetwork shared() {
        return shared;
    }

    /** It is an event of each container on the driver's networks. */
    private void disturbed(NetworkDriver driver, String text) {
        engine.containers().stream().map(LiveContainer.class::cast).map(LiveContainer::run)
                .filter(r -> r.connections().list().stream().anyMatch(c -> c.driver() == driver)).forEach(r -> r.tell(Duration.ZERO, "network: " + text));
    }

    /** What a container's spec names. @throws NetworkProblem if there is no such network */
    Resolved resolve(String name) {
        Optional<LiveNetwork> known = known(name);
        if (known.isPresent()) {
            return known.get().resolved();
        }
        if (name.startsWith(Endpoint.INTERFACE)) {
            return new Resolved(name, drivers.network("interface"), new dev.caisson.spi.network.Network(name, name, "", "", false));
        }
        if (name.equals(BRIDGE) && engine.powers().rootless()) {
            return new Resolved(name, drivers.network(drivers.firstOf(ORDINARY)), null);
        }
        if (RESERVED.contains(name) || drivers.implicitNetworks().contains(name)) {
            return new Resolved(name, drivers.network(name), null);
        }
        throw unknown(name);
    }

    /** The network of an endpoint, if containers can be connected to it ahead. */
    Optional<Resolved> attachable(Endpoint endpoint) {
        try {
            return Optional.of(resolve(endpoint.network())).filter(n -> ConnectedAhead.possible(n, endpoint));
        } catch (NetworkProblem e) {
            return Optional.empty(); // the start says so
        }
    }

    private NetworkProblem unknown(String name) {
        List<String> names = new ArrayList<>(drivers.implicitNetworks());
        if (!engine.powers().rootless()) {
            names.removeAll(ORDINARY);
        }
        list().forEach(n -> names.add(n.name()));
        String nearest = Nearest.to(name, names);
        return new NetworkProblem(Stage.NETWORK, "there is no network '" + name + "'; there are: " + String.join(", ", names),
                nearest.isEmpty() ? "make it with engine.networks().create(\"" + name + "\")" : "did you mean '" + nearest + "'? Or make it with engine.networks().create(\"" + name
                        + "\")");
    }

    private synchronized Optional<LiveNetwork> known(String nameOrId) {
        LiveNetwork byName = made.get(nameOrId);
        if (byName != null) {
            return Optional.of(byName);
        }
        List<LiveNetwork> byId = nameOrId.length() < 4 ? List.of() : made.values().stream().filter(n -> n.id().startsWith(nameOrId)).toList();
        return byId.size() == 1 ? Optional.of(byId.get(0)) : Optional.empty();
    }

    private Optional<LiveNetwork> any(String nameOrId) {
        Optional<LiveNetwork> known = known(nameOrId);
        return known.isPresent() ? known : standing(nameOrId);
    }

    /** One that a driver has anyway. */
    private Optional<LiveNetwork> standing(String nameOrId) {
        synchronized (this) {
            Optional<LiveNetwork> known = standing.values().stream().filter(n -> n.name().equals(nameOrId) || nameOrId.length() >= 4 && n.id().startsWith(nameOrId)).findFirst();
            if (known.isPresent() || !drivers.implicitNetworks().contains(nameOrId)) {
                return known;
            }
        }
        engine.starts().enter();
        try {
            Resolved resolved = resolve(nameOrId);
            Optional<dev.caisson.spi.network.Network> network = resolved.driver().implicit();
            synchronized (this) {
                return network.map(n -> standing.computeIfAbsent(nameOrId, name -> new LiveNetwork(this, resolved.driver(), n)));
            }
        } finally {
            engine.starts().leave();
        }
    }

    @Override
    public Network create(String name, Consumer<NetworkBuilder> settings) {
        if (!NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw new InvalidSpec("networks().create(\"" + name.replace("\0", "\\0") + "\")", RESERVED.contains(name) ? "is a name of a network that is always there"
                    : "is not letters, digits, '_', '.', '-', beginning with a letter or digit, at most 128", "choose another name");
        }
        NetworkBuilder builder = new NetworkBuilder();
        settings.accept(builder);
        NetworkBuilder.Settings wanted = builder.settings();
        engine.starts().enter();
        try {
            return create(name, wanted);
        } finally {
            engine.starts().leave();
        }
    }

    private Network create(String name, NetworkBuilder.Settings wanted) {
        NetworkDriver driver = drivers.network(wanted.driver());
        String id = Ids.random();
        home.names().claimNetwork(name, id);
        try {
            NetworkSpec spec = new NetworkSpec(id, name, drivers.networkOptions(wanted.driver(), wanted.options()), wanted.labels());
            LiveNetwork network = new LiveNetwork(this, driver, driver.create(spec), wanted);
            synchronized (this) {
                made.put(name, network);
            }
            return network;
        } catch (RuntimeException | Error e) {
            home.names().freeNetwork(name);
            throw e;
        }
    }

    @Override
    public synchronized List<Network> list() {
        return new ArrayList<>(made.values());
    }

    @Override
    public Optional<Network> find(String nameOrId) {
        return any(nameOrId).map(n -> n);
    }

    @Override
    public void remove(String nameOrId) {
        any(nameOrId).orElseThrow(() -> unknown(nameOrId)).remove();
    }

    @Override
    public List<String> prune() {
        List<String> removed = new ArrayList<>();
        for (Network network : list()) {
            if (network.members().isEmpty()) {
                try {
                    network.remove();
                    removed.add(network.name());
                } catch (NetworkProblem e) {
                    // somebody was connected meanwhile
                }
            }
        }
        return removed;
    }

    /** A network is gone. */
    void forget(LiveNetwork network) {
        synchronized (this) {
            if (!made.remove(network.name(), network)) {
                return;
            }
        }
        home.names().freeNetwork(network.name());
    }

    /** The containers on a network. */
    List<LiveContainer> on(String network, NetworkDriver driver) {
        return engine.containers().stream().map(LiveContainer.class::cast).filter(c -> c.connection(network).filter(n -> n.driver() == driver).isPresent()).toList();
    }

    /** A container of this engine's, as the one that makes it sees it. */
    LiveContainer own(Container container, String network) {
        if (container instanceof LiveContainer live && live.engine() == engine) {
            return live;
        }
        throw new NetworkProblem(Stage.NETWORK, "container " + container.name() + " cannot be connected to network '" + network + "': it is another engine's",
                "run it with the engine that made the network");
    }

    @Override
    public void close() {
        UndoStack undo = new UndoStack();
        list().forEach(n -> undo.push("network " + n.name(), ((LiveNetwork) n)::end));
        undo.unwind();
    }
}
