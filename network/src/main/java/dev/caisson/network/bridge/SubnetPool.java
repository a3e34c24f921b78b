package dev.caisson.network.bridge;

import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The /24s that networks get which ask for none: first the upper half of the engine's own /16, then those of further ones. Thread-safe. */
final class SubnetPool {
    private static final int LENGTH = 24;
    private static final int FIRST = 128;
    /** The last /24 has the uplink. */
    private static final int LAST = 254;

    private record Block(int base, int last, List<Integer> used) {}

    private final List<Block> blocks = new ArrayList<>();

    SubnetPool(Prefix own) {
        List<Integer> used = new ArrayList<>();
        for (int i = 0; i < FIRST; i++) {
            used.add(i);
        }
        blocks.add(new Block(own.address(), LAST, used));
    }

    /** @param more makes another /16 ours, if there is any */
    synchronized Optional<Prefix> take(Supplier<Optional<Prefix>> more) {
        for (Block block : blocks) {
            Optional<Prefix> free = take(block);
            if (free.isPresent()) {
                return free;
            }
        }
        return more.get().flatMap(another -> {
            Block block = new Block(another.address(), 255, new ArrayList<>());
            blocks.add(block);
            return take(block);
        });
    }

    private static Optional<Prefix> take(Block block) {
        for (int i = 0; i <= block.last; i++) {
            if (!block.used.contains(i)) {
                block.used.add(i);
                return Optional.of(new Prefix(block.base + (i << 8), LENGTH));
            }
        }
        return Optional.empty();
    }

    synchronized void give(Prefix subnet) {
        for (Block block : blocks) {
            if (new Prefix(block.base, 16).contains(subnet)) {
                block.used.remove((Integer) (subnet.address() - block.base >> 8));
            }
        }
    }
}
