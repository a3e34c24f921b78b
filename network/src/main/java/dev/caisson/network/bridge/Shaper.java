package dev.caisson.network.bridge;

import dev.caisson.Bandwidth;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Queues;
import java.util.List;
import java.util.Optional;

/**
 * Limits at a port of the router, where no right inside a container reaches. What a container receives leaves by its port; what it sends arrives there, and is led
 * through the queue of an interface of its own (ifb) first.
 */
final class Shaper {
    private static final int FRAME = 14;
    private static final int EEXIST = 17;
    /** Where filters never looked. */
    private static final int EINVAL = 22;
    /** Its filter is asked last. */
    static final int ORDER = 0xff00;
    /** What goes at once: 5 ms of the rate, and never less than a few frames. */
    private static final long BURST_PART = 200;
    private static final long LEAST_BURST = 20_000;
    private static final long MOST_BURST = 4 << 20;
    /** What waits: 50 ms of the rate. */
    private static final long QUEUE_PART = 20;
    private static final long LEAST_QUEUE = 64 << 10;
    private static final long MOST_QUEUE = 64 << 20;

    private Shaper() {}

    /** The interface whose queue what comes from a port goes through. */
    static String detour(String port) {
        return "i" + port;
    }

    static void limit(Conversation route, String port, int mtu, Bandwidth bandwidth) {
        int link = index(route, port).orElseThrow(() -> new IllegalStateException("the port " + port + " is gone"));
        if (bandwidth.ingress() > 0) {
            route.one(rate(link, bandwidth.ingress(), mtu));
        } else {
            NetlinkRefusal.ignoringGone(() -> route.one(Queues.unlimited(link)));
        }
        String detour = detour(port);
        if (bandwidth.egress() == 0) {
            undo(route, port, link);
            return;
        }
        Optional<Integer> known = index(route, detour);
        if (known.isPresent()) {
            route.one(rate(known.get(), bandwidth.egress(), mtu));
            return;
        }
        try {
            route.one(Links.ifb(detour));
            int over = index(route, detour).orElseThrow();
            route.all(List.of(rate(over, bandwidth.egress(), mtu), Links.up(detour)));
            arriving(route, link);
            route.one(Queues.redirect(link, over, ORDER));
        } catch (NetlinkRefusal e) {
            try {
                undo(route, port, link);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static void undo(Conversation route, String port, int link) {
        NetlinkRefusal.ignoringGone(() -> unlessNone(() -> route.one(Queues.direct(link, ORDER))));
        NetlinkRefusal.ignoringGone(() -> route.one(Links.delete(detour(port))));
    }

    /** Has filters look at what arrives at a port; they do as long as it is there. */
    static void arriving(Conversation route, int link) {
        unless(EEXIST, () -> route.one(Queues.arriving(link)));
    }

    /** Takes a filter away where filters may never have looked. */
    static void unlessNone(Runnable removal) {
        unless(EINVAL, removal);
    }

    private static void unless(int errno, Runnable request) {
        try {
            request.run();
        } catch (NetlinkRefusal e) {
            if (e.errno() != errno) {
                throw e;
            }
        }
    }

    /** No faster than a rate, with a burst and a queue that follow from it. */
    static Message rate(int link, long rate, int mtu) {
        long burst = Math.max(Math.max(LEAST_BURST, mtu + FRAME), Math.min(MOST_BURST, rate / 8 / BURST_PART));
        long queue = Math.max(LEAST_QUEUE, Math.min(MOST_QUEUE, rate / 8 / QUEUE_PART));
        return Queues.rate(link, rate, (int) burst, (int) (burst + queue));
    }

    static Optional<Integer> index(Conversation route, String name) {
        return Interfaces.find(route, name).map(Links.Link::index);
    }
}
