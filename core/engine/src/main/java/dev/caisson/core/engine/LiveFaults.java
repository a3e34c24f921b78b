package dev.caisson.core.engine;

import dev.caisson.Bandwidth;
import dev.caisson.Faults;
import dev.caisson.InvalidSpec;
import java.time.Duration;
import java.util.function.DoubleConsumer;

/** Faults between two containers of a network. Thread-safe. */
final class LiveFaults implements Faults {
    private static final Duration LATEST = Duration.ofHours(1);

    private final DoubleConsumer lose;
    private final Slow slow;
    private Duration latency = Duration.ZERO;
    private long rate;

    /** How slow the way is. */
    interface Slow {
        void make(Duration latency, long rate);
    }

    LiveFaults(DoubleConsumer lose, Slow slow) {
        this.lose = lose;
        this.slow = slow;
    }

    @Override
    public Faults partition() {
        lose.accept(1);
        return this;
    }

    @Override
    public Faults loss(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new InvalidSpec("loss(" + share + ")", "is not a share between 0 and 1", "0.01 is one packet in a hundred");
        }
        lose.accept(share);
        return this;
    }

    @Override
    public synchronized Faults latency(Duration later) {
        if (later.isNegative() || later.compareTo(LATEST) > 0) {
            throw new InvalidSpec("latency(" + later + ")", "is not from zero to an hour", "Duration.ofMillis(50)");
        }
        make(later, rate);
        return this;
    }

    @Override
    public synchronized Faults rate(String bits) {
        long wanted;
        try {
            wanted = Bandwidth.of(bits, "").egress();
        } catch (InvalidSpec e) {
            throw new InvalidSpec("rate(\"" + bits + "\")", e.problems().get(0).why(), e.problems().get(0).remedy());
        }
        make(latency, wanted);
        return this;
    }

    private void make(Duration later, long bits) {
        latency = Duration.ZERO; // as it is if that fails
        rate = 0;
        slow.make(later, bits);
        latency = later;
        rate = bits;
    }

    @Override
    public synchronized void heal() {
        lose.accept(0);
        if (!latency.isZero() || rate > 0) {
            make(Duration.ZERO, 0);
        }
    }
}
