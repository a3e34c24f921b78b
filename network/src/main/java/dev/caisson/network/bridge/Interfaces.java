package dev.caisson.network.bridge;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.network.rtnetlink.Routes6;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;

/** Addresses and routes inside the namespaces of containers. */
final class Interfaces implements AutoCloseable {
    private static final int ENODEV = 19;
    /** 169.254.0.0/16. */
    private static final int LINK_LOCAL = 16;

    private final NamespaceThread thread = new NamespaceThread(Namespaces.Kind.NET);
    private final int resolver;

    /** @param resolver where every container reaches the engine's resolver */
    Interfaces(int resolver) {
        this.resolver = resolver;
    }

    /** Sets the container's end up. */
    void configure(Stack stack, Endpoint endpoint, int namespace) {
        inside(namespace, () -> {
            if (endpoint.address6().isPresent()) {
                Router6.enable(endpoint.device());
            } else {
                Sysctls.write("ipv6/conf/" + endpoint.device() + "/disable_ipv6", "1"); // before it is up: no address of a network that has none
            }
            try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
                int index = index(route, endpoint);
                List<Message> requests = new ArrayList<>();
                endpoint.prefix6().ifPresent(p -> requests.add(Routes6.address(index, p)));
                requests.add(Routes.address(index, endpoint.prefix()));
                endpoint.linkLocal().forEach(a -> requests.add(Routes.address(index, new Prefix(a, LINK_LOCAL))));
                requests.add(Links.up(endpoint.device()));
                requests.addAll(routes(e -> e == endpoint ? index : index(route, e), stack));
                route.together(requests);
            }
            return null;
        });
    }

    /** Leads routes over the networks that are left. */
    void reroute(Stack stack, int namespace) {
        inside(namespace, () -> {
            try (Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
                route.together(routes(e -> index(route, e), stack));
            }
            return null;
        });
    }

    private List<Message> routes(ToIntFunction<Endpoint> index, Stack stack) {
        List<Message> wanted = new ArrayList<>();
        stack.newDefault().ifPresent(e -> wanted.add(Routes.route(new Prefix(0, 0), e.network().gateway(), index.applyAsInt(e))));
        stack.newResolver().ifPresent(e -> wanted.add(Routes.route(new Prefix(resolver, 32), e.network().gateway(), index.applyAsInt(e))));
        stack.newDefault6().ifPresent(e -> wanted.add(Routes6.route(new Prefix6(0, 0, 0), e.network().six().orElseThrow().gateway(), index.applyAsInt(e))));
        return wanted;
    }

    private static int index(Conversation route, Endpoint endpoint) {
        return indexOf(route, endpoint.device()).orElseThrow(() -> new NetworkProblem(Stage.NETWORK, "container " + endpoint.container() + " lost its interface "
                + endpoint.device() + " to network '" + endpoint.network().name() + "'", "a program in it with CAP_NET_ADMIN removed or renamed it"));
    }

    /** The number of an interface in the conversation's namespace. */
    static Optional<Integer> indexOf(Conversation route, String name) {
        return find(route, name).map(Links.Link::index);
    }

    /** An interface by its name. */
    static Optional<Links.Link> find(Conversation route, String name) {
        try {
            return route.dump(() -> Links.find(name)).stream().map(Links::parse).flatMap(Optional::stream).findFirst();
        } catch (NetlinkRefusal e) {
            if (e.errno() == ENODEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Runs work in a namespace of somebody else's. */
    <T> T inside(int namespace, Callable<T> work) {
        Fd borrowed = Fd.adopt(namespace);
        try {
            return thread.call(borrowed, work);
        } finally {
            borrowed.release();
        }
    }

    /** Runs work in a namespace that one owns. */
    <T> T inside(Fd namespace, Callable<T> work) {
        return thread.call(namespace, work);
    }

    @Override
    public void close() {
        thread.close();
    }
}
