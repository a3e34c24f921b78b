package dev.caisson.network.overlay;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.etcd.EtcdClient;
import dev.caisson.network.etcd.EtcdFailure;
import dev.caisson.network.etcd.EtcdFailure.Kind;
import dev.caisson.network.etcd.KeyValue;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this host says of itself in etcd, below a lease that one thread keeps alive, and what it hears of the others. Cut off, it changes nothing and tries again, ever more
 * slowly; when it is back, it says everything again, with the addresses it had. What others have taken meanwhile is a problem that it reports. Thread-safe.
 */
final class EtcdDirectory implements Directory {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final long FIRST_PAUSE = 250;
    private static final long LONGEST_PAUSE = 5000;
    private static final String INVALID = "what etcd has of it is not valid";

    private final String network;
    private final OverlayPlan plan;
    private final int local;
    private final int port;
    private final EtcdClient etcd;
    private final Registration registration;
    private final Listener listener;
    private final Peers peers;
    private final Optional<HostKeys> hostKeys;
    private final Thread keeper;
    /** Between attempts, and for who wants an address meanwhile. */
    private final long longestPause;
    private final Map<Integer, Own> own = new TreeMap<>(Integer::compareUnsigned);
    private final Map<Integer, Member> garbage = new HashMap<>();
    private volatile long lease;
    private volatile boolean registered;
    private boolean wanted;
    private @Nullable String trouble = "it has not been asked yet";
    private boolean closed;

    /** A container of this host's. @param confirmed whether etcd has it below the present lease */
    private static final class Own {
        private final Member member;
        private boolean confirmed;
        private boolean claiming = true;
        private String conflict = "";

        Own(Member member) {
            this.member = member;
        }
    }

    EtcdDirectory(String network, String thread, OverlayPlan plan, int local, int port, EtcdClient etcd, Keys keys, Registration registration, Peers peers,
            Optional<Tunnel> tunnel) {
        this.network = network;
        this.plan = plan;
        this.local = local;
        this.port = port;
        this.etcd = etcd;
        this.registration = registration;
        this.peers = peers;
        this.longestPause = Math.min(LONGEST_PAUSE, plan.ttl().toMillis());
        this.hostKeys = tunnel.map(t -> new HostKeys(keys, local, t.publicKey(), t, this::unregistered));
        List<Listener.Audience> audiences = new ArrayList<>(hostKeys.stream().toList());
        audiences.add(new Members(keys.members()));
        this.listener = new Listener(etcd, keys.members(), thread, audiences, this::wake);
        this.keeper = new Thread(this::keep, thread);
        keeper.setDaemon(true);
    }

    /** Says that this host is there, learns who else is, and goes on doing so. An engine of this host's that died is still there until its lease ends: that is waited for. */
    void start() throws EtcdFailure {
        long deadline = System.nanoTime() + plan.ttl().toNanos() + 3_000_000_000L;
        while (true) {
            try {
                OverlayDriver.patiently(() -> {
                    round();
                    return true;
                });
                break;
            } catch (Unregistered e) {
                if (System.nanoTime() > deadline) {
                    throw new NetworkProblem(Stage.NETWORK, "overlay network '" + network + "' cannot be joined: " + e.getMessage(), "give each host an address of its own with local(…)");
                }
                synchronized (this) {
                    pause(FIRST_PAUSE);
                }
            }
        }
        keeper.start();
    }

    /** Somebody is in the way of this host. */
    private static final class Unregistered extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unregistered(String why) {
            super(why, null, false, false);
        }
    }

    // ---- keeping ----

    private void keep() {
        long failures = 0;
        while (true) {
            long pause = failures == 0 ? plan.ttl().toMillis() / 3 : Math.min(longestPause, FIRST_PAUSE << Math.min(failures, 10)) + ThreadLocalRandom.current().nextLong(FIRST_PAUSE);
            synchronized (this) {
                if (!wanted && !closed) {
                    pause(pause);
                }
                wanted = false;
                if (closed) {
                    return;
                }
            }
            try {
                round();
                failures = 0;
            } catch (EtcdFailure | RuntimeException e) {
                failures++;
                trouble(String.valueOf(e.getMessage()));
            }
        }
    }

    private synchronized void trouble(String why) {
        if (trouble == null && !closed) {
            LOG.warn("overlay network '{}': what is connected stays so, but nobody can join, and the others may forget this host: {}", network, why);
        }
        trouble = why;
        listener.restart();
    }

    private synchronized void wake() {
        wanted = true;
        notifyAll();
    }

    /** Waits, with the lock. */
    private void pause(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void round() throws EtcdFailure {
        breathe();
        if (!registered) {
            registration.host(local, port, lease).ifPresent(why -> {
                throw new Unregistered(why);
            });
            registered = true;
        }
        listener.follow();
        for (Member each : garbage()) {
            registration.forget(each);
            synchronized (this) {
                garbage.remove(each.address(), each);
            }
        }
        for (Own each : unconfirmed()) {
            confirm(each);
        }
        synchronized (this) {
            if (trouble != null && keeper.isAlive()) {
                LOG.info("overlay network '{}': etcd answers again", network);
            }
            trouble = null;
            notifyAll();
        }
    }

    /** Has a lease, and lets it live on. */
    private void breathe() throws EtcdFailure {
        long current = lease;
        try {
            if (current != 0) {
                etcd.keepAlive(current);
                return;
            }
        } catch (EtcdFailure e) {
            if (e.kind() != Kind.NO_LEASE) {
                throw e;
            }
        }
        long granted = etcd.grant(plan.ttl());
        synchronized (this) {
            lease = granted;
            registered = false;
            own.values().forEach(o -> o.confirmed = false);
        }
    }

    private synchronized List<Member> garbage() {
        return List.copyOf(garbage.values());
    }

    private synchronized List<Own> unconfirmed() {
        return own.values().stream().filter(o -> !o.confirmed && !o.claiming).toList();
    }

    private void confirm(Own each) throws EtcdFailure {
        Optional<KeyValue> other = registration.member(each.member, lease);
        synchronized (this) {
            if (own.get(each.member.address()) != each) {
                garbage.put(each.member.address(), each.member); // it left meanwhile
                return;
            }
            each.confirmed = other.isEmpty();
            conflict(each, other);
        }
    }

    private void conflict(Own each, Optional<KeyValue> other) {
        String before = each.conflict;
        each.conflict = other.isEmpty() ? "" : "the address " + Prefix.text(each.member.address()) + " of container " + each.member.container() + " was given to "
                + other.flatMap(registration::read).map(m -> "container " + m.container() + " of host " + Prefix.text(m.host())).orElse("another");
        if (!each.conflict.isEmpty() && !each.conflict.equals(before)) {
            LOG.warn("overlay network '{}': {}; the others reach that one", network, each.conflict);
        }
    }

    // ---- listening ----

    /** Somebody has deleted what this host said of itself. */
    private void unregistered() {
        if (registered) {
            registered = false;
            wake();
        }
    }

    /** What is said of containers. */
    private final class Members implements Listener.Audience {
        private final String prefix;

        Members(String prefix) {
            this.prefix = prefix;
        }

        @Override
        public String prefix() {
            return prefix;
        }

        @Override
        public void replaced(Map<Integer, KeyValue> all) {
            EtcdDirectory.this.replaced(all);
        }

        @Override
        public void changed(int address, Optional<KeyValue> now) {
            EtcdDirectory.this.changed(address, now);
        }
    }

    /** All there is, in one revision. */
    private synchronized void replaced(Map<Integer, KeyValue> entries) {
        List<Member> others = new ArrayList<>();
        Map<Integer, String> invalid = new TreeMap<>(Integer::compareUnsigned);
        entries.forEach((address, entry) -> {
            if (!own.containsKey(address)) {
                registration.read(entry).ifPresentOrElse(others::add, () -> invalid.put(address, INVALID));
            }
        });
        peers.replace(others, invalid);
        own.values().forEach(o -> mine(o, Optional.ofNullable(entries.get(o.member.address()))));
    }

    /** One change. @param now empty if it is gone */
    private synchronized void changed(int address, Optional<KeyValue> now) {
        Own mine = own.get(address);
        if (mine != null) {
            mine(mine, now);
        } else if (now.isEmpty()) {
            peers.drop(address);
        } else {
            registration.read(now.get()).ifPresentOrElse(peers::put, () -> peers.refuse(address, INVALID));
        }
    }

    private void mine(Own each, Optional<KeyValue> now) {
        if (!each.claiming && (now.isEmpty() || !registration.isOf(now.get(), each.member.container()))) {
            each.confirmed = false;
            wake();
        }
    }

    // ---- this host's containers ----

    @Override
    public boolean claim(int address, String container, List<String> names) {
        return claim(address, container, names, true);
    }

    private boolean claim(int address, String container, List<String> names, boolean again) {
        Own mine = new Own(new Member(address, local, port, container, names));
        Member left;
        synchronized (this) {
            ready(container);
            if (peers.has(address)) {
                return false;
            }
            own.put(address, mine);
            left = garbage.remove(address);
        }
        boolean done = false;
        try {
            if (left != null) {
                registration.forget(left);
            }
            Optional<KeyValue> other = registration.member(mine.member, lease);
            done = other.isEmpty();
            if (!done) {
                forget(mine, left);
                other.filter(o -> o.modified() != 0).ifPresent(o -> changed(address, other));
            }
            return done;
        } catch (EtcdFailure e) {
            forget(mine, mine.member); // it may have been carried out
            if (e.kind() == Kind.NO_LEASE && again) {
                trouble("its lease was over");
            }
            wake();
            if (e.kind() == Kind.NO_LEASE && again) {
                return claim(address, container, names, false);
            }
            throw refused(container, e.getMessage(), e);
        } finally {
            synchronized (this) {
                mine.confirmed = done;
                mine.claiming = false;
            }
        }
    }

    private synchronized void forget(Own mine, @Nullable Member left) {
        own.remove(mine.member.address(), mine);
        if (left != null) {
            garbage.put(left.address(), left);
        }
    }

    /** Waits a while for etcd, with the lock. */
    private void ready(String container) {
        long deadline = System.nanoTime() + longestPause * 1_000_000;
        while (trouble != null && !closed) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw refused(container, trouble, null);
            }
            pause(left);
            if (Thread.currentThread().isInterrupted()) {
                throw refused(container, "interrupted", null);
            }
        }
    }

    private NetworkProblem refused(String container, @Nullable String why, @Nullable Exception cause) {
        return new NetworkProblem(Stage.NETWORK, "container " + container + " cannot get an address on overlay network '" + network + "': etcd was asked whether it is free: " + why,
                "make etcd reachable from this host: " + plan.etcd().map(e -> e.endpoints().toString()).orElse(""), cause);
    }

    @Override
    public synchronized void release(int address) {
        Own mine = own.remove(address);
        if (mine != null) {
            garbage.put(address, mine.member);
            if (!mine.conflict.isEmpty()) {
                listener.relist(); // another has it
            }
            wake();
        }
    }

    @Override
    public String holder(int address) {
        return peers.at(address).map(m -> "container " + m.container() + " of host " + Prefix.text(m.host())).orElse("another host");
    }

    @Override
    public synchronized List<String> problems() {
        List<String> all = new ArrayList<>();
        if (trouble != null) {
            all.add("etcd: " + trouble);
        }
        own.values().stream().map(o -> o.conflict).filter(c -> !c.isEmpty()).forEach(all::add);
        hostKeys.ifPresent(k -> all.addAll(k.problems()));
        all.addAll(peers.problems());
        return all;
    }

    @Override
    public void close() {
        boolean reachable;
        synchronized (this) {
            reachable = trouble == null && lease != 0;
            closed = true;
            notifyAll();
        }
        listener.close();
        keeper.interrupt();
        try {
            keeper.join();
            if (reachable) {
                registration.end(lease);
            }
        } catch (EtcdFailure e) {
            LOG.warn("overlay network '{}': what etcd has of this host goes with its lease in {}: {}", network, plan.ttl(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            etcd.close();
        }
    }
}
