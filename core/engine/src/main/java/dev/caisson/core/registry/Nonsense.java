package dev.caisson.core.registry;

import java.net.ProtocolException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Who has answered something that is not HTTP. The JDK's client loses the socket of each such answer, up to Java 20 for ever, so that who asks again and again runs out of
 * descriptors: nobody is asked again for a while.
 */
final class Nonsense {
    static final Duration PAUSE = Duration.ofSeconds(30);
    private static final int MOST = 1000;

    private final LongSupplier clock;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();

    private record Heard(String what, long at) {}

    /** @param clock in nanoseconds */
    Nonsense(LongSupplier clock) {
        this.clock = clock;
    }

    /** @throws ProtocolException if the server has answered nonsense lately */
    void check(URI server) throws ProtocolException {
        Heard before = heard.get(server.getAuthority());
        if (before != null && clock.getAsLong() - before.at() < PAUSE.toNanos()) {
            throw new ProtocolException(before.what() + "; it is not asked again for " + PAUSE.toSeconds() + " s");
        }
    }

    /** The server has just done so. @return to be thrown */
    ProtocolException from(URI server, Exception what) {
        if (heard.size() >= MOST) {
            heard.clear();
        }
        String text = "what answers there does not speak HTTP: " + what.getMessage();
        heard.put(server.getAuthority(), new Heard(text, clock.getAsLong()));
        ProtocolException problem = new ProtocolException(text);
        problem.addSuppressed(what); // no cause, which would be told instead
        return problem;
    }
}
