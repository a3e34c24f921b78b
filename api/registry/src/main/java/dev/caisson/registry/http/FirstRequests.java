package dev.caisson.registry.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/** Closes a connection whose first request does not come whole in time, however steadily its bytes drip: an idle time-out alone would wait for ever. */
final class FirstRequests implements Connection.Listener {
    private final long limit;
    private final Map<EndPoint, Long> waiting = new ConcurrentHashMap<>();

    FirstRequests(Duration patience) {
        limit = patience.toNanos();
    }

    @Override
    public void onOpened(Connection connection) {
        waiting.putIfAbsent(connection.getEndPoint(), System.nanoTime());
    }

    @Override
    public void onClosed(Connection connection) {
        waiting.remove(connection.getEndPoint());
    }

    void came(EndPoint end) {
        waiting.remove(end);
    }

    /** Called now and then. */
    void check() {
        long now = System.nanoTime();
        waiting.forEach((end, since) -> {
            if (now - since > limit) {
                waiting.remove(end);
                end.close();
            }
        });
    }
}
