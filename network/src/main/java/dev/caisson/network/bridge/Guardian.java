package dev.caisson.network.bridge;

import dev.caisson.ContainerException;
import dev.caisson.linux.Epoll;
import dev.caisson.linux.EventFd;
import dev.caisson.linux.Netlink;
import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Notices;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes again what others take from an engine's router: the uplink, its addresses and routes, and bridges. What cannot be made again is a problem of its networks as long as it
 * is. A thread that sleeps until the kernel says that something went; the tables of rules need no guardian, since nobody else can change them.
 */
final class Guardian implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    /** What is removed together is said one after another. */
    private static final Duration SETTLED = Duration.ofMillis(30);
    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final Duration MEMORY = Duration.ofMinutes(1);
    private static final int MOST_REPAIRS = 10;

    private final Hub hub;
    private final BridgeNetworks networks;
    private final Consumer<String> told;
    private final Notices host;
    private final Notices router;
    private final Epoll epoll;
    private final EventFd wake;
    private final Thread thread;
    private final Deque<Long> repairs = new ArrayDeque<>();
    private volatile List<String> problems = List.of();
    private volatile boolean closed;

    private Guardian(String engineId, Hub hub, BridgeNetworks networks, Consumer<String> told, Notices host, Notices router) {
        this.hub = hub;
        this.networks = networks;
        this.told = told;
        this.host = host;
        this.router = router;
        this.epoll = Epoll.create(4);
        this.wake = EventFd.create();
        this.thread = new Thread(this::run, "caisson-guardian-" + engineId);
        thread.setDaemon(true);
    }

    /** In the host's network namespace. @param told in words what was made again, what cannot be, and when that is over */
    static Guardian begin(String engineId, Hub hub, BridgeNetworks networks, Consumer<String> told) {
        Notices host = Notices.open(Netlink.NETLINK_ROUTE, new int[] {Removals.RTNLGRP_LINK, Removals.RTNLGRP_IPV4_IFADDR, Removals.RTNLGRP_IPV4_ROUTE,
            Removals.RTNLGRP_IPV6_IFADDR, Removals.RTNLGRP_IPV6_ROUTE, Removals.RTNLGRP_IPV4_NETCONF},
                Removals.NEWLINK, Removals.DELLINK, Removals.DELADDR, Removals.NEWROUTE, Removals.DELROUTE, Removals.NEWNETCONF);
        try {
            Notices router = hub.interfaces().inside(hub.router().namespace(), () -> Notices.open(Netlink.NETLINK_ROUTE, new int[] {Removals.RTNLGRP_LINK}, Removals.DELLINK));
            try {
                Guardian made = new Guardian(engineId, hub, networks, told, host, router);
                made.epoll.add(host.fd(), Epoll.EPOLLIN, 0);
                made.epoll.add(router.fd(), Epoll.EPOLLIN, 0);
                made.epoll.add(made.wake.fd(), Epoll.EPOLLIN, 0);
                made.thread.start();
                return made;
            } catch (RuntimeException e) {
                router.close();
                throw e;
            }
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /** What is wrong now, in words. */
    List<String> problems() {
        return problems;
    }

    private void run() {
        while (!closed) {
            try {
                epoll.await(problems.isEmpty() ? -1 : (int) AGAIN.toMillis());
                if (!closed && (concerned() || !problems.isEmpty())) {
                    Thread.sleep(SETTLED.toMillis());
                    concerned();
                    look();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("looking after the network of containers: {}", e.toString());
            }
        }
    }

    /** Whether what came may concern us; all of it is taken. */
    private boolean concerned() {
        List<Answer> said = new ArrayList<>();
        boolean lost = !host.drain(said);
        boolean ours = said.stream().anyMatch(a -> Removals.onHost(a, hub.router().uplink().name()));
        said.clear();
        lost |= !router.drain(said);
        return lost || ours || said.stream().anyMatch(Removals::inRouter);
    }

    private void look() {
        List<String> again = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        if (worn()) {
            wrong.add("what is removed of this engine's network is removed again and again: it is left so for " + MEMORY.toSeconds() + " s");
        } else {
            attempt(wrong, () -> again.addAll(hub.router().uplink().repair(hub.interfaces())));
            for (BridgeNetwork network : networks.all()) {
                attempt(wrong, () -> network.whileThere(() -> {
                    if (hub.router().repair(network)) {
                        again.add("the bridge of network '" + network.name() + "'");
                    }
                }));
            }
        }
        if (!again.isEmpty()) {
            repairs.addLast(System.nanoTime());
        }
        if (!Sysctls.forwards()) {
            wrong.add("net.ipv4.ip_forward was switched off: nothing of the outside reaches containers, nor they it (sysctl -w net.ipv4.ip_forward=1)");
        }
        tell(again, wrong);
    }

    private boolean worn() {
        long now = System.nanoTime();
        repairs.removeIf(t -> now - t > MEMORY.toNanos());
        return repairs.size() >= MOST_REPAIRS;
    }

    private static void attempt(List<String> wrong, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            wrong.add(e instanceof ContainerException c && !c.remedy().isEmpty() ? c.what() + " (" + c.remedy() + ")" : String.valueOf(e.getMessage()));
        }
    }

    private void tell(List<String> again, List<String> wrong) {
        List<String> before = problems;
        problems = List.copyOf(wrong);
        if (!again.isEmpty()) {
            say("was removed by somebody else and made again: " + String.join(", ", again));
        }
        wrong.stream().filter(w -> !before.contains(w)).forEach(this::say);
        before.stream().filter(b -> !wrong.contains(b)).forEach(b -> say("no longer so: " + b));
    }

    private void say(String text) {
        LOG.warn("network of containers: {}", text);
        told.accept(text);
    }

    /** Nothing is made again any more. */
    @Override
    public void close() {
        closed = true;
        wake.signal();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        epoll.close();
        wake.close();
        host.close();
        router.close();
    }
}
