package dev.caisson.registry.http;

import java.time.Duration;

/** Tells a client that brings or takes less than 16 KiB in a server's patience. One that stands still altogether is Jetty's idle time-out's. For one thread. */
final class Pace {
    private static final int FLOOR = 16 << 10;

    private final long limit;
    private long waited;
    private long moved;

    Pace(Duration patience) {
        limit = patience.toNanos();
    }

    /**
     * Something was read or written.
     *
     * @param began when the server began to wait for it, {@link System#nanoTime()}
     * @throws ClientGone if that goes on for too long
     */
    void moved(long bytes, long began) throws ClientGone {
        waited += System.nanoTime() - began;
        moved += Math.max(0, bytes);
        if (moved >= FLOOR) {
            moved = 0;
            waited = 0;
        } else if (waited > limit) {
            throw new ClientGone("the client is too slow", null);
        }
    }
}
