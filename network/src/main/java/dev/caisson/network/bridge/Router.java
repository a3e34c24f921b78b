package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.Sockets;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Routes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The engine's router: a network namespace with the bridge in it, one uplink to the host, and the host's table of rules. The namespace is held by descriptors
 * alone and the table belongs to a socket, so that all of it goes with the JVM.
 */
final class Router implements AutoCloseable {
    static final String BRIDGE = "bridge0";
    static final String PORTS = "ports";
    private static final String UPLINK = "uplink";
    private static final int BRIDGE_INDEX = 100;
    private static final int UPLINK_INDEX = 2;
    private static final int EEXIST = 17;
    private static final int DEFAULT_MTU = 1500;
    private static final int MIN_MTU = 1280;

    /** Sockets of the router's namespace. */
    private record Inside(Conversation route, Conversation firewall, Fd namespace) {}

    private final Inside inside;
    private final Conversation hostRoute;
    private final Conversation hostFirewall;
    private final HostRules rules;
    private final String link;
    private final Prefix containers;
    private final int mtu;

    private Router(Inside inside, Conversation hostRoute, Conversation hostFirewall, HostRules rules, String link, Prefix containers, int mtu) {
        this.inside = inside;
        this.hostRoute = hostRoute;
        this.hostFirewall = hostFirewall;
        this.rules = rules;
        this.link = link;
        this.containers = containers;
        this.mtu = mtu;
    }

    /** Makes it, with a subnet that collides with nothing the host routes or asks. */
    static Router open(String engineId, String resolvConf) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Conversation route = keep(opened, Conversation.open(Netlink.NETLINK_ROUTE));
            Conversation firewall = keep(opened, Conversation.open(Netlink.NETLINK_NETFILTER));
            Inside inside = inside();
            opened.add(inside.namespace);
            opened.add(inside.route);
            opened.add(inside.firewall);
            String link = "csn" + engineId;
            int mtu = mtu(route);
            HostRules rules = new HostRules(firewall, "caisson_" + engineId, link);
            Prefix containers = connect(route, inside, rules, link, mtu, resolvConf);
            return new Router(inside, route, firewall, rules, link, containers, mtu);
        } catch (RuntimeException | Error e) {
            opened.forEach(c -> closeQuietly(c, e));
            throw e;
        }
    }

    private static <T extends AutoCloseable> T keep(List<AutoCloseable> opened, T value) {
        opened.add(value);
        return value;
    }

    private static void closeQuietly(AutoCloseable closeable, Throwable why) {
        try {
            closeable.close();
        } catch (Exception e) {
            why.addSuppressed(e);
        }
    }

    private static Prefix connect(Conversation route, Inside inside, HostRules rules, String link, int mtu, String resolvConf) {
        List<Prefix> used = new ArrayList<>(Subnets.nameservers(resolvConf));
        route.dump(Routes::list).stream().map(Routes::parse).flatMap(Optional::stream).map(Routes.Route::destination).filter(d -> d.length() > 0)
                .forEach(used::add);
        List<Prefix> free = Subnets.free(used);
        Exception last = null;
        for (Prefix subnet : free) {
            try {
                connect(route, inside, rules, link, mtu, subnet);
                return new Prefix(subnet.address(), subnet.length() + 1);
            } catch (NetlinkRefusal e) {
                if (e.errno() != EEXIST) {
                    throw e;
                }
                last = e; // another engine took it meanwhile
                route.one(Links.delete(link));
            }
        }
        throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "no private subnet is left for a bridge: the host routes all of 172.18.0.0 to "
                + "172.31.0.0/16 and 10.64.0.0 to 10.255.0.0/16", "narrow a route of the host, or use networkNone() or networkHost()", last);
    }

    /** Rules first: nothing is up before they hold. */
    private static void connect(Conversation route, Inside inside, HostRules rules, String link, int mtu, Prefix subnet) {
        int base = subnet.address();
        Prefix containers = new Prefix(base, subnet.length() + 1);
        int hostEnd = base + 0xfffd;
        int routerEnd = base + 0xfffe;
        route.one(Links.veth(link, UPLINK, UPLINK_INDEX, inside.namespace.value(), mac(routerEnd), mtu));
        int index = indexOf(route, link);
        write("ipv6/conf/" + link + "/disable_ipv6", "1");
        write("ipv4/conf/" + link + "/forwarding", "1");
        route.all(List.of(Routes.address(index, new Prefix(hostEnd, 30)), Links.up(link)));
        route.one(Routes.route(containers, routerEnd, index)); // EEXIST: another engine has this subnet
        rules.make(subnet, !forwards());
        if (!forwards()) {
            write("ipv4/ip_forward", "1");
        }
        BridgeRules.make(inside.firewall);
        inside.route.all(List.of(Routes.address(UPLINK_INDEX, new Prefix(routerEnd, 30)), Links.up(UPLINK), Routes.route(new Prefix(0, 0), hostEnd, UPLINK_INDEX),
                Links.bridge(BRIDGE, BRIDGE_INDEX, mac(base + 1), mtu), Routes.address(BRIDGE_INDEX, new Prefix(base + 1, containers.length())),
                Links.up(BRIDGE)));
    }

    private static boolean forwards() {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward")).strip().equals("1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(String sysctl, String value) {
        try {
            Files.writeString(Path.of("/proc/sys/net", sysctl), value);
        } catch (java.nio.file.NoSuchFileException e) {
            if (!sysctl.startsWith("ipv6/")) { // a kernel without IPv6 has nothing to switch off
                throw new UncheckedIOException(e);
            }
        } catch (IOException e) {
            throw new dev.caisson.NetworkProblem(dev.caisson.Stage.NETWORK, "could not write " + value + " to /proc/sys/net/" + sysctl + ": " + e.getMessage(),
                    "make /proc/sys writable for the JVM, or use networkNone() or networkHost()", e);
        }
    }

    private static int indexOf(Conversation route, String name) {
        return route.dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).filter(l -> l.name().equals(name)).findFirst()
                .map(Links.Link::index).orElseThrow(() -> new IllegalStateException("the interface " + name + " that was just made is gone"));
    }

    /** That of the interface with the smallest among those that have a default route; else 1,500. */
    private static int mtu(Conversation route) {
        List<Integer> uplinks = route.dump(Routes::list).stream().map(Routes::parse).flatMap(Optional::stream)
                .filter(r -> r.destination().length() == 0).map(Routes.Route::link).toList();
        int smallest = route.dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).filter(l -> uplinks.contains(l.index()))
                .map(Links.Link::mtu).min(Comparator.naturalOrder()).orElse(DEFAULT_MTU);
        return Math.max(smallest, MIN_MTU);
    }

    /** Docker's: 02:42 and the address. */
    static byte[] mac(int address) {
        byte[] ip = Prefix.bytes(address);
        return new byte[] {2, 0x42, ip[0], ip[1], ip[2], ip[3]};
    }

    private static Inside inside() {
        CompletableFuture<Inside> made = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                Namespaces.unshare(Namespaces.Kind.NET.flag());
                Sockets.loopbackUp();
                for (String each : new String[] {"all", "default"}) {
                    write("ipv6/conf/" + each + "/disable_ipv6", "1");
                    write("ipv4/conf/" + each + "/accept_redirects", "0");
                    write("ipv4/conf/" + each + "/send_redirects", "0");
                }
                write("ipv4/ip_forward", "1");
                made.complete(new Inside(Conversation.open(Netlink.NETLINK_ROUTE), Conversation.open(Netlink.NETLINK_NETFILTER),
                        Namespaces.current(Namespaces.Kind.NET)));
            } catch (RuntimeException | Error e) {
                made.completeExceptionally(e);
            }
        }, "caisson-router");
        thread.setDaemon(true);
        thread.start();
        try {
            return made.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    Prefix containers() {
        return containers;
    }

    int gateway() {
        return containers.address() + 1;
    }

    /** The host's end of the uplink. */
    int hostAddress() {
        return containers.address() + 0xfffd;
    }

    int mtu() {
        return mtu;
    }

    HostRules rules() {
        return rules;
    }

    /** Makes a port of the bridge whose other end is {@code eth0}, number 2, of a namespace. It may use its own addresses and no others from the start. */
    void connect(String port, int address, int namespace) {
        Batch.of(Batch.BRIDGE, BridgeRules.TABLE).element(PORTS, BridgeRules.key(port, mac(address), address), new byte[0]).commit(inside.firewall);
        inside.route.all(List.of(Links.veth(port, "eth0", 2, namespace, mac(address), mtu), Links.master(port, BRIDGE_INDEX), Links.up(port)));
    }

    /** Undoes {@link #connect}; its interface may have gone with the container's namespace. */
    void disconnect(String port, int address) {
        ignoringGone(() -> inside.route.one(Links.delete(port)));
        ignoringGone(() -> Batch.of(Batch.BRIDGE, BridgeRules.TABLE).removeElement(PORTS, BridgeRules.key(port, mac(address), address)).commit(inside.firewall));
    }

    private static void ignoringGone(Runnable removal) {
        try {
            removal.run();
        } catch (NetlinkRefusal e) {
            if (e.errno() != 19 && e.errno() != 2) { // ENODEV, ENOENT
                throw e;
            }
        }
    }


    @Override
    public void close() {
        ignoringGone(() -> hostRoute.one(Links.delete(link)));
        inside.route.close();
        inside.firewall.close();
        inside.namespace.close();
        hostFirewall.close(); // and with it the table
        hostRoute.close();
    }
}
