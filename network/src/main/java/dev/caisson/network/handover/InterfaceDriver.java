package dev.caisson.network.handover;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import dev.caisson.spi.network.Survivor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves an interface of the host's into a container's network namespace and back. It keeps its name, so that a physical one comes back under it when nobody is left to move it:
 * the kernel moves those of a namespace that ends to the first one.
 */
final class InterfaceDriver implements NetworkDriver {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int EEXIST = 17;
    /** What the kernel names one whose name is taken. */
    static final String OTHERWISE = "dev%d";

    private final Path records;
    private final Map<String, Lent> lent = new HashMap<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private Survivor survivor = sendings -> () -> { };
    private @Nullable Home home;

    /** One that a container has. @param index its number there */
    private record Lent(String container, Fd namespace, int index, Belongings belongings, Survivor.Left left) {}

    /** The host. */
    private record Home(Conversation route, Fd namespace, NamespaceThread inside) {}

    /** @param records where is written what each one had, as long as it is lent */
    InterfaceDriver(Path records) {
        this.records = records;
    }

    @Override
    public String name() {
        return InterfaceProvider.NAME;
    }

    @Override
    public NamespaceKind namespace() {
        return NamespaceKind.PRIVATE;
    }

    @Override
    public Network create(NetworkSpec spec) {
        throw new NetworkProblem(Stage.NETWORK, "network '" + spec.name() + "' cannot be made by the driver " + name() + ": an interface belongs to one container",
                "hand it over with hostInterface(…); for several containers on it make a macvlan network");
    }

    @Override
    public void remove(Network network) {
        // there is nothing of it but the interface, which goes home with its container
    }

    @Override
    public void reportTo(Consumer<String> listener) {
        listeners.add(listener);
    }

    @Override
    public synchronized void outlivedBy(Survivor known) {
        survivor = known;
    }

    private Home home() {
        Home known = home;
        if (known == null) {
            known = new Home(Conversation.open(Netlink.NETLINK_ROUTE), Namespaces.current(Namespaces.Kind.NET), new NamespaceThread(Namespaces.Kind.NET));
            home = known;
        }
        return known;
    }

    @Override
    public synchronized Attachment attach(AttachRequest request, NamespaceRef namespace) {
        String device = request.network() == null ? "" : request.network().name().substring(request.network().name().indexOf(':') + 1);
        String what = "interface " + device + " cannot be handed over to container " + request.containerId();
        refuse(request, namespace, what);
        Lent other = lent.get(device);
        if (other != null) {
            throw new NetworkProblem(Stage.NETWORK, what + ": container " + other.container + " has it", "end that one first, or make a macvlan network for several containers");
        }
        List<Links.Link> all = links(home().route);
        Links.Link link = all.stream().filter(l -> l.name().equals(device)).findFirst().orElseThrow(() -> new NetworkProblem(Stage.NETWORK, what + ": this host has none of that name",
                "there are: " + all.stream().map(Links.Link::name).collect(Collectors.joining(", "))));
        if (link.master() != 0) {
            throw new NetworkProblem(Stage.NETWORK, what + ": it is a port of " + all.stream().filter(l -> l.index() == link.master()).map(Links.Link::name).findFirst().orElse("another"),
                    "ip link set " + device + " nomaster");
        }
        Belongings found = Belongings.of(home().route, link);
        Optional<Belongings> owed = found.addresses().isEmpty() ? Belongings.read(records.resolve(device)) : Optional.empty(); // a dead engine could not give them back
        return move(request, namespace, link, owed.orElse(found), owed.isPresent(), what);
    }

    private static void refuse(AttachRequest request, NamespaceRef namespace, String what) {
        if (namespace.descriptor() < 0) {
            throw new NetworkProblem(Stage.NETWORK, what + ": that has the host's network", "leave networkHost() out");
        }
        if (!request.ports().isEmpty() || !request.hostPorts().isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, what + " with ports: they are those of a bridge", "name network(\"bridge\") before it");
        }
    }

    private Attachment move(AttachRequest request, NamespaceRef namespace, Links.Link link, Belongings belongings, boolean owed, String what) {
        Fd borrowed = Fd.adopt(namespace.descriptor());
        Fd kept;
        try {
            kept = borrowed.dup();
        } finally {
            borrowed.release();
        }
        Survivor.Left left = () -> { };
        boolean moved = false;
        try {
            belongings.write(records.resolve(link.name()));
            int wanted = within(kept, route -> freeNumber(route, link.index()));
            left = survivor(kept, wanted, link, belongings); // first: from here on somebody has to bring it back
            home().route.one(Links.move(link.index(), link.name(), namespace.descriptor(), "", wanted));
            moved = true;
            int index = within(kept, route -> index(route, link.name()));
            if (index != wanted) { // the kernel is older than 5.13
                left.close();
                left = survivor(kept, index, link, belongings);
            }
            lent.put(link.name(), new Lent(request.containerId(), kept, index, belongings, left));
            within(kept, route -> {
                belongings.give(route, index, link.name());
                return null;
            });
            return new Attachment(request.containerId(), java.util.Objects.requireNonNull(request.network()).id(), belongings.texts(), List.of(), "", List.of());
        } catch (IOException | RuntimeException e) {
            if (lent.containsKey(link.name())) {
                try {
                    bringBack(link.name());
                } catch (NetworkProblem second) {
                    e.addSuppressed(second);
                }
            } else {
                left.close();
                kept.close();
                if (!moved && !owed) {
                    forget(link.name()); // it has everything
                }
            }
            throw new NetworkProblem(Stage.NETWORK, what + ": " + e.getMessage(), "the loopback, and interfaces that the kernel binds to their network namespace, cannot be moved: "
                    + "use a macvlan network, or networkHost()", e);
        }
    }

    /** Has it brought back by who outlives this JVM. @param index its number in the container */
    private Survivor.Left survivor(Fd kept, int index, Links.Link link, Belongings belongings) {
        try (Netlink there = home().inside.call(kept, () -> Netlink.open(Netlink.NETLINK_ROUTE)); Netlink here = Netlink.open(Netlink.NETLINK_ROUTE)) {
            return Return.leave(survivor, there, index, here, link.index(), link.name(), belongings);
        }
    }

    /** The one it has on the host, if nobody has that in the container. */
    private static int freeNumber(Conversation route, int wanted) {
        List<Integer> taken = links(route).stream().map(Links.Link::index).toList();
        return taken.contains(wanted) ? Math.max(wanted, taken.stream().max(Integer::compare).orElse(0)) + 1 : wanted;
    }

    private static int index(Conversation route, String name) {
        return links(route).stream().filter(l -> l.name().equals(name)).findFirst().map(Links.Link::index)
                .orElseThrow(() -> new IllegalStateException("the interface " + name + " that was just moved is gone"));
    }

    private static List<Links.Link> links(Conversation route) {
        return route.dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).toList();
    }

    private interface Work<T> {
        T run(Conversation route);
    }

    private <T> T within(Fd namespace, Work<T> work) {
        return home().inside.call(namespace, () -> {
            try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
                return work.run(route);
            }
        });
    }

    @Override
    public synchronized void detach(Attachment attachment) {
        String device = attachment.networkId().substring(attachment.networkId().indexOf(':') + 1);
        Lent known = lent.get(device);
        if (known != null && known.container.equals(attachment.containerId())) {
            bringBack(device);
        }
    }

    /** Gives it back to the host, whatever the container did to it. */
    private void bringBack(String device) {
        Lent was = java.util.Objects.requireNonNull(lent.remove(device));
        try (Fd namespace = was.namespace; Survivor.Left left = was.left) {
            String there = within(namespace, route -> home(route, was.index, device));
            if (there.isEmpty()) {
                forget(device); // one of that name that comes later is another
                say("the interface " + device + " was removed by container " + was.container + ": it does not come back");
                return;
            }
            Links.Link now = links(home().route).stream().filter(l -> l.name().equals(there)).findFirst().orElseThrow(() -> new IllegalStateException("the interface " + there + " is gone"));
            was.belongings.giveBack(home().route, now.index(), there);
            forget(device);
            if (!there.equals(device)) {
                say("the interface " + device + " is back as " + there + ", since another has its name (ip link set " + there + " name " + device + ", once that is gone)");
            }
        } catch (RuntimeException e) {
            throw new NetworkProblem(Stage.NETWORK, "the interface " + device + " of container " + was.container + " could not be given all that it had on the host: " + e.getMessage(),
                    "ip address; ip route", e);
        }
    }

    /** Nobody has to give it anything back. */
    private void forget(String device) {
        try {
            Files.deleteIfExists(records.resolve(device));
        } catch (IOException e) {
            LOG.warn("what interface {} had is still written down, and would be given to one of that name that has nothing: {}", device, e.toString());
        }
    }

    /** In the container's namespace: moves it. @return its name on the host; "" if it is not there */
    private String home(Conversation route, int index, String device) {
        if (links(route).stream().noneMatch(l -> l.index() == index)) {
            return "";
        }
        route.one(Links.down(index));
        List<Integer> before = links(home().route).stream().map(Links.Link::index).toList();
        int host = home().namespace.value();
        if (!done(() -> route.one(Links.move(index, device, host, "", 0)))) {
            route.one(Links.move(index, device, host, OTHERWISE, 0));
        }
        Links.Link now = links(home().route).stream().filter(l -> !before.contains(l.index())).findFirst().orElseThrow(() -> new IllegalStateException("the interface " + device + " is gone"));
        return now.name().equals(device) || done(() -> home().route.one(Links.rename(now.index(), device))) ? device : now.name(); // the container may have renamed it
    }

    /** False if the name is taken. */
    private static boolean done(Runnable request) {
        try {
            request.run();
            return true;
        } catch (NetlinkRefusal e) {
            if (e.errno() != EEXIST) {
                throw e;
            }
            return false;
        }
    }

    private void say(String text) {
        LOG.warn("{}", text);
        listeners.forEach(l -> l.accept(text));
    }

    @Override
    public synchronized void close() {
        List.copyOf(lent.keySet()).forEach(device -> {
            try {
                bringBack(device);
            } catch (RuntimeException e) {
                LOG.warn("{}", e.toString());
            }
        });
        if (home != null) {
            home.inside.close();
            home.route.close();
            home.namespace.close();
            home = null;
        }
    }
}
