package dev.caisson.core.rootless;

import dev.caisson.UserNamespace.Range;
import java.util.ArrayList;
import java.util.List;

/** The arithmetic of maps that keep one id: it has its number, and all others have the numbers that are left, from 0 on and in their order. */
public final class KeptId {
    private KeptId() {}

    /**
     * One side of a map. No range spans two of the others: in a nested user namespace the kernel would refuse it (user_namespaces(7)).
     *
     * @param kept the id, outside
     * @param inside its number inside
     * @param others outside; what numbers they had inside does not matter
     * @return by number inside
     * @throws dev.caisson.InvalidSpec if a number leaves what the kernel can count
     */
    public static List<Range> among(long kept, long inside, List<Range> others) {
        List<Range> ranges = new ArrayList<>();
        Range own = new Range(inside, kept, 1);
        long next = 0;
        for (Range other : others) {
            long left = other.size();
            long from = other.outside();
            if (next <= inside && inside < next + left) {
                long before = inside - next;
                if (before > 0) {
                    ranges.add(new Range(next, from, before));
                }
                ranges.add(own);
                next = inside + 1;
                from += before;
                left -= before;
            }
            ranges.add(new Range(next, from, left));
            next += left;
        }
        if (next <= inside) {
            ranges.add(own);
        }
        return ranges;
    }
}
