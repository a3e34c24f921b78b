package dev.caisson;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The networks an engine has made. They end with it; {@code none}, {@code host} and {@code bridge} are always there and not among them. */
public interface Networks {
    /**
     * Makes a bridge network of its own addresses.
     *
     * @param name letters, digits, {@code _}, {@code .} and {@code -}, beginning with a letter or digit, at most 128; unique in a root directory
     * @return a /24 that collides with nothing the host routes; close it when it is over
     * @throws InvalidSpec if the name is none, or that of a network that is always there
     * @throws NetworkProblem if the name is taken, or this host has no addresses left to give
     */
    default Network create(String name) {
        return create(name, network -> { });
    }

    /**
     * Makes a network.
     *
     * @param name unique in a root directory, also among the engines that share it
     * @param settings driver, addresses, options ({@code docker network create})
     * @return to be closed when it is over; it ends with the engine in any case
     * @throws InvalidSpec if a name, address or option is wrong
     * @throws NetworkProblem if the name is taken, or the addresses are in use on this host
     * @throws UnsupportedOnThisHost if the kernel lacks what its driver needs
     */
    Network create(String name, Consumer<NetworkBuilder> settings);

    /**
     * Makes or joins an overlay network, with the etcd that {@code -Dcaisson.etcd} or {@code CAISSON_ETCD} names.
     *
     * @param name the same on all its hosts
     * @return to be closed when it is over; this host leaves it then
     * @throws InvalidSpec if neither names an etcd
     * @throws NetworkProblem as {@link #overlay(String, Consumer)}
     */
    default Network overlay(String name) {
        return overlay(name, network -> { });
    }

    /**
     * Makes or joins a network that spans hosts, over VXLAN ({@code docker network create --driver overlay}): its containers reach each other by name, wherever they run.
     * Hosts that give the same name and the same etcd are on the same network.
     *
     * @param name the same on all its hosts
     * @param settings where etcd is; addresses and encryption, which the first host decides
     * @return to be closed when it is over; this host leaves it then
     * @throws InvalidSpec if a name, address or option is wrong
     * @throws NetworkProblem if etcd does not answer, the other hosts want it otherwise, or the addresses are in use on this host
     * @throws UnsupportedOnThisHost if it is to be encrypted and the kernel has no WireGuard
     */
    default Network overlay(String name, Consumer<OverlayBuilder> settings) {
        OverlayBuilder overlay = new OverlayBuilder();
        settings.accept(overlay);
        return create(name, overlay::say);
    }

    /**
     * All, in the order in which they were made.
     *
     * @return without {@code none}, {@code host} and {@code bridge} ({@code docker network ls})
     */
    List<Network> list();

    /**
     * By name, id or an unambiguous beginning of the id, from four digits on; {@code bridge} is found as well, and made if no container is on it yet, but not listed or removed.
     *
     * @param nameOrId of this engine; those of other engines of the root are not found
     * @return empty if there is none
     */
    Optional<Network> find(String nameOrId);

    /**
     * Removes one.
     *
     * @param nameOrId as of {@link #find}; {@code bridge} is refused
     * @throws NetworkProblem if there is none of that name, or containers are connected to it
     */
    void remove(String nameOrId);

    /**
     * Removes those to which no container is connected, and says their names.
     *
     * @return empty if all are in use ({@code docker network prune})
     */
    List<String> prune();
}
