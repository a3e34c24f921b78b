package dev.caisson.network.bridge;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Queues;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What goes from one container to another more slowly on purpose. What arrives at the port of the one and is addressed to the other is led through the queue of an interface
 * (ifb) of that pair: tbf where it is a rate alone, netem where it comes later. Thread-safe.
 */
final class SlowPaths {
    private final Conversation route;
    private final Map<List<Integer>, Path> paths = new HashMap<>();
    private int last;

    /** @param number its filter's, and in its interface's name */
    private record Path(int number, String port) {
        String queue() {
            return "f" + number;
        }
    }

    SlowPaths(Conversation route) {
        this.route = route;
    }

    /**
     * In both directions; replaces what was.
     *
     * @param rate bits a second; 0 for any
     * @throws NetlinkRefusal if the kernel cannot; then nothing is slow between the two
     */
    synchronized void slow(Endpoint a, Endpoint b, Duration latency, long rate) {
        try {
            one(a, b, latency, rate);
            one(b, a, latency, rate);
        } catch (NetlinkRefusal e) {
            try {
                remove(List.of(a.address(), b.address()));
                remove(List.of(b.address(), a.address()));
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private void one(Endpoint from, Endpoint to, Duration latency, long rate) {
        List<Integer> pair = List.of(from.address(), to.address());
        if (latency.isZero() && rate == 0) {
            remove(pair);
            return;
        }
        Path known = paths.get(pair);
        if (known != null) {
            queue(known, latency, rate, from.network().mtu());
            return;
        }
        int number = free();
        Path path = new Path(number, from.port());
        paths.put(pair, path); // first: what fails is removed by it
        route.one(Links.ifb(path.queue()));
        queue(path, latency, rate, from.network().mtu());
        int link = index(from.port());
        Shaper.arriving(route, link);
        route.all(List.of(Links.up(path.queue()), Queues.redirect(link, index(path.queue()), number, to.mac())));
    }

    private int free() {
        do {
            last = last % Shaper.ORDER + 1;
        } while (last == Shaper.ORDER || paths.values().stream().anyMatch(p -> p.number == last));
        return last;
    }

    private void queue(Path path, Duration latency, long rate, int mtu) {
        int link = index(path.queue());
        route.one(latency.isZero() ? Shaper.rate(link, rate, mtu) : Queues.late(link, latency.toNanos(), rate));
    }

    private int index(String name) {
        return Interfaces.indexOf(route, name).orElseThrow(() -> new IllegalStateException("the interface " + name + " is gone"));
    }

    private void remove(List<Integer> pair) {
        Path path = paths.remove(pair);
        if (path != null) {
            Interfaces.indexOf(route, path.port).ifPresent(link -> NetlinkRefusal.ignoringGone(() -> Shaper.unlessNone(() -> route.one(Queues.direct(link, path.number)))));
            NetlinkRefusal.ignoringGone(() -> route.one(Links.delete(path.queue())));
        }
    }

    /** One of them is gone. */
    synchronized void forget(int address) {
        List.copyOf(paths.keySet()).stream().filter(pair -> pair.contains(address)).forEach(this::remove);
    }
}
