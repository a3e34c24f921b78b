package dev.caisson.core.serve;

import dev.caisson.core.content.Digest;
import dev.caisson.core.content.Leases;
import dev.caisson.core.image.DocumentTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** What clients of a registry are about to need, and since when they have not asked for it. */
final class LeaseBook implements AutoCloseable {
    /** Each costs a descriptor. Who wants more than these drops what was asked for longest ago. */
    static final int MOST = 512;

    private final LongSupplier clock;
    /** By the time they were last asked for. */
    private final Map<Key, Held> all = new LinkedHashMap<>(16, 0.75f, true);

    /** @param clock in nanoseconds */
    LeaseBook(LongSupplier clock) {
        this.clock = clock;
    }

    /** What is kept, and for which repository: nobody gets a blob through one that he cannot have through another. */
    record Key(String name, Digest digest) {}

    private static final class Held {
        private final DocumentTree tree;
        private final boolean pushed;
        private final Leases.Lease lease;
        private long used;
        private int open;

        Held(DocumentTree tree, boolean pushed, Leases.Lease lease) {
            this.tree = tree;
            this.pushed = pushed;
            this.lease = lease;
        }

        boolean has(Digest digest) {
            return tree.documents().contains(digest) || tree.blobs().contains(digest);
        }
    }

    /** It was asked for again. @return false if there is none */
    synchronized boolean renew(Key key) {
        Held held = all.get(key);
        if (held != null) {
            held.used = clock.getAsLong();
        }
        return held != null;
    }

    /** Keeps it; a lease of the same that there was ends, once the new one has begun. */
    synchronized void hold(Key key, DocumentTree tree, boolean pushed, Leases.Lease lease) {
        Held before = all.remove(key);
        Held held = new Held(tree, pushed || before != null && before.pushed, lease);
        held.used = clock.getAsLong();
        all.put(key, held);
        if (before != null) {
            held.open = before.open;
            before.lease.close();
        }
        if (all.size() > MOST && !dropFirst(h -> !h.pushed && h.open == 0)) {
            dropFirst(h -> h.open == 0);
        }
    }

    private boolean dropFirst(Predicate<Held> which) {
        for (Iterator<Held> each = all.values().iterator(); each.hasNext();) {
            Held held = each.next();
            if (which.test(held)) {
                each.remove();
                held.lease.close();
                return true;
            }
        }
        return false;
    }

    /** Digests of manifests and indexes that are kept for a repository. */
    synchronized Set<Digest> documents(String name) {
        Set<Digest> found = new TreeSet<>();
        all.forEach((key, held) -> {
            if (key.name().equals(name)) {
                found.addAll(held.tree.documents());
            }
        });
        return found;
    }

    /** Whether something is kept for a repository; it was asked for by this. */
    synchronized boolean covers(String name, Digest digest) {
        long now = clock.getAsLong();
        boolean found = false;
        for (Map.Entry<Key, Held> entry : all.entrySet()) {
            if (entry.getKey().name().equals(name) && entry.getValue().has(digest)) {
                entry.getValue().used = now;
                found = true;
            }
        }
        return found;
    }

    /** While it is being sent its leases do not end. @return to be run when it is sent */
    synchronized Runnable sending(String name, Digest digest) {
        List<Held> held = new ArrayList<>();
        all.forEach((key, h) -> {
            if (key.name().equals(name) && h.has(digest)) {
                h.open++;
                held.add(h);
            }
        });
        return () -> sent(held);
    }

    private synchronized void sent(List<Held> held) {
        long now = clock.getAsLong();
        for (Held h : held) {
            h.open--;
            h.used = now;
        }
    }

    /** What was pushed is an image's now. */
    synchronized void settled(String name, DocumentTree image) {
        drop((key, held) -> held.pushed && key.name().equals(name) && (image.blobs().contains(key.digest()) || image.documents().contains(key.digest())));
    }

    /** Ends leases that nobody has asked for. @return what was kept */
    synchronized List<Key> expire(Duration fetched, Duration pushed) {
        long now = clock.getAsLong();
        return drop((key, held) -> now - held.used >= (held.pushed ? pushed : fetched).toNanos());
    }

    private interface Which {
        boolean test(Key key, Held held);
    }

    private List<Key> drop(Which which) {
        List<Key> dropped = new ArrayList<>();
        all.entrySet().removeIf(entry -> {
            boolean goes = entry.getValue().open == 0 && which.test(entry.getKey(), entry.getValue());
            if (goes) {
                entry.getValue().lease.close();
                dropped.add(entry.getKey());
            }
            return goes;
        });
        return dropped;
    }

    @Override
    public synchronized void close() {
        all.values().forEach(held -> held.lease.close());
        all.clear();
    }
}
