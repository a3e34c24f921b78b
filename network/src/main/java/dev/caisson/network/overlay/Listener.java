package dev.caisson.network.overlay;

import dev.caisson.network.etcd.EtcdClient;
import dev.caisson.network.etcd.EtcdFailure;
import dev.caisson.network.etcd.EtcdFailure.Kind;
import dev.caisson.network.etcd.Event;
import dev.caisson.network.etcd.KeyValue;
import dev.caisson.network.etcd.Watch;
import dev.caisson.network.rtnetlink.Prefix;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What etcd says of a network's hosts and members: a list, then every change since, on a thread of its own. A watch that broke is taken up where it was; only if that is compacted, and
 * once a minute in any case, the list is read anew.
 */
final class Listener implements AutoCloseable {
    private static final long RELIST_NANOS = 60_000_000_000L;
    private static final long BRIEF_NANOS = 1_000_000_000L;

    private final EtcdClient etcd;
    private final String prefix;
    private final String threadName;
    private final List<Audience> audiences;
    private final Runnable wake;
    private @Nullable Reading current;
    private @Nullable EtcdFailure failure;
    private long revision;
    private long listed;
    private boolean closed;

    /** Who hears of the keys that begin in some way and end in an address. */
    interface Audience {
        /** How they begin. */
        String prefix();

        /** All there is, in one revision. */
        void replaced(Map<Integer, KeyValue> all);

        /** One change. @param now empty if it is gone */
        void changed(int address, Optional<KeyValue> now);
    }

    private record Reading(Watch watch, Thread thread, long began) {}

    /**
     * Hears of nothing yet.
     *
     * @param prefix of all that is listened to
     * @param audiences told in this order
     * @param wake is called when it should be made to {@link #follow} again
     */
    Listener(EtcdClient etcd, String prefix, String threadName, List<Audience> audiences, Runnable wake) {
        this.etcd = etcd;
        this.prefix = prefix;
        this.threadName = threadName;
        this.audiences = List.copyOf(audiences);
        this.wake = wake;
    }

    /** The address a key is of, if it is of any. */
    private static Optional<Integer> address(String prefix, KeyValue entry) {
        try {
            return entry.key().startsWith(prefix) ? Optional.of(Prefix.parseAddress(entry.key().substring(prefix.length()))) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Listens, if it does not. Called by one thread, without the locks of those it calls. */
    void follow() throws EtcdFailure {
        Reading before;
        boolean list;
        synchronized (this) {
            EtcdFailure failed = failure;
            failure = null;
            if (failed != null) {
                throw failed;
            }
            list = revision == 0 || System.nanoTime() - listed > RELIST_NANOS;
            if (current != null && current.thread.isAlive() && !list) {
                return;
            }
            before = current;
            current = null;
        }
        end(before); // nothing of an older state may come after a newer one
        if (list) {
            list();
        }
        watch();
    }

    private void list() throws EtcdFailure {
        EtcdClient.Listing all = etcd.list(prefix);
        for (Audience each : audiences) {
            Map<Integer, KeyValue> entries = new TreeMap<>(Integer::compareUnsigned);
            all.entries().forEach(e -> address(each.prefix(), e).ifPresent(a -> entries.put(a, e)));
            each.replaced(entries);
        }
        synchronized (this) {
            revision = Math.max(all.revision(), 1);
            listed = System.nanoTime();
        }
    }

    private void watch() throws EtcdFailure {
        Watch watch = etcd.watch(prefix, revision + 1);
        Thread thread = new Thread(() -> read(watch), threadName + "-watch");
        thread.setDaemon(true);
        synchronized (this) {
            if (closed) {
                watch.close();
                return;
            }
            current = new Reading(watch, thread, System.nanoTime());
            thread.start();
        }
    }

    private void read(Watch watch) {
        long began = System.nanoTime();
        try {
            while (true) {
                for (Event each : watch.next().events()) {
                    for (Audience one : audiences) {
                        address(one.prefix(), each.entry()).ifPresent(a -> one.changed(a, each.deleted() ? Optional.empty() : Optional.of(each.entry())));
                    }
                    synchronized (this) {
                        revision = Math.max(revision, each.entry().modified());
                    }
                }
            }
        } catch (EtcdFailure | RuntimeException e) {
            boolean mine;
            synchronized (this) {
                mine = current != null && current.watch == watch;
                if (mine && !(e instanceof EtcdFailure f && f.kind() == Kind.UNREACHABLE)) {
                    revision = 0;
                    failure = e instanceof EtcdFailure f && f.kind() != Kind.COMPACTED ? f : null;
                }
            }
            if (mine && System.nanoTime() - began > BRIEF_NANOS) {
                wake.run(); // one that always ends at once is not asked again at once
            }
        } finally {
            watch.close();
        }
    }

    private static void end(@Nullable Reading reading) {
        if (reading != null) {
            reading.watch.close();
            try {
                reading.thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The connection may be dead: the next {@link #follow} makes another and goes on where this one is. */
    synchronized void restart() {
        if (current != null) {
            current.watch.close();
        }
    }

    /** The next {@link #follow} reads the list anew. */
    synchronized void relist() {
        revision = 0;
    }

    @Override
    public void close() {
        Reading last;
        synchronized (this) {
            closed = true;
            last = current;
            current = null;
        }
        end(last);
    }
}
