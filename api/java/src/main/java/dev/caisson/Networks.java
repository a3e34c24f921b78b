package dev.caisson;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The networks an engine has made. They end with it; {@code none}, {@code host} and {@code bridge} are always there and not among them. */
public interface Networks {
    /** Makes a bridge network of its own addresses. */
    default Network create(String name) {
        return create(name, network -> { });
    }

    /**
     * Makes a network.
     *
     * @param name unique in a root directory, also among the engines that share it
     * @throws InvalidSpec if a name, address or option is wrong
     * @throws NetworkProblem if the name is taken, or the addresses are in use on this host
     */
    Network create(String name, Consumer<NetworkBuilder> settings);

    /** Makes or joins an overlay network, with the etcd that {@code -Dcaisson.etcd} or {@code CAISSON_ETCD} names. */
    default Network overlay(String name) {
        return overlay(name, network -> { });
    }

    /**
     * Makes or joins a network that spans hosts, over VXLAN ({@code docker network create --driver overlay}): its containers reach each other by name, wherever they run.
     * Hosts that give the same name and the same etcd are on the same network.
     *
     * @throws InvalidSpec if a name, address or option is wrong
     * @throws NetworkProblem if etcd does not answer, the other hosts want it otherwise, or the addresses are in use on this host
     */
    default Network overlay(String name, Consumer<OverlayBuilder> settings) {
        OverlayBuilder overlay = new OverlayBuilder();
        settings.accept(overlay);
        return create(name, overlay::say);
    }

    /** All, in the order in which they were made. */
    List<Network> list();

    /** By name, id or unambiguous beginning of the id; {@code bridge} is found as well, and made if no container is on it yet, but not listed or removed. */
    Optional<Network> find(String nameOrId);

    /**
     * Removes one.
     *
     * @throws NetworkProblem if there is none of that name, or containers are connected to it
     */
    void remove(String nameOrId);

    /** Removes those to which no container is connected, and says their names. */
    List<String> prune();
}
