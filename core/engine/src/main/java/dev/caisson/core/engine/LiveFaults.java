package dev.caisson.core.engine;

import dev.caisson.Faults;
import dev.caisson.InvalidSpec;
import java.util.function.DoubleConsumer;

/** Faults between two containers of a network. */
final class LiveFaults implements Faults {
    private final DoubleConsumer lose;

    LiveFaults(DoubleConsumer lose) {
        this.lose = lose;
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
    public void heal() {
        lose.accept(0);
    }
}
