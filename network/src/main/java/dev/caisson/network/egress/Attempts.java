package dev.caisson.network.egress;

import dev.caisson.EgressAttempt;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Tells what one container tries, but not more than is of use: who tries the same thing in a loop, or everything there is, drowns out nobody else's. Thread-safe. */
final class Attempts {
    private static final long SAME_NANOS = 10_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int PER_SECOND = 20;
    private static final int REMEMBERED = 256;

    private final String container;
    private final Consumer<EgressAttempt> listener;
    private final LongSupplier clock;
    private final Map<List<Object>, Long> told = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Object>, Long> eldest) {
            return size() > REMEMBERED;
        }
    };
    private long second;
    private int inThisSecond;

    Attempts(String container, Consumer<EgressAttempt> listener, LongSupplier clock) {
        this.container = container;
        this.listener = listener;
        this.clock = clock;
        this.second = clock.getAsLong();
    }

    /** @param reason "" for one that was let through */
    void tell(String protocol, String host, String address, int port, String reason) {
        if (news(List.of(protocol, host, address, port, reason))) {
            listener.accept(new EgressAttempt(Instant.now(), container, reason.isEmpty(), protocol, host, address, port, reason));
        }
    }

    private synchronized boolean news(List<Object> what) {
        long now = clock.getAsLong();
        Long before = told.get(what);
        if (before != null && now - before < SAME_NANOS) {
            return false;
        }
        if (now - second >= SECOND) {
            second = now;
            inThisSecond = 0;
        }
        if (++inThisSecond > PER_SECOND) {
            return false;
        }
        told.remove(what);
        told.put(what, now);
        return true;
    }
}
