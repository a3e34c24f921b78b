package dev.caisson.core.rootless;

import dev.caisson.UserNamespace.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The arithmetic of maps that an ordinary user chooses among his own ids. */
public final class ChosenIds {
    private ChosenIds() {}

    /**
     * One side of a map. As in {@link KeptId} no range spans two of the others.
     *
     * @param chosen outside: the host's numbers
     * @param own inside: numbers of the engine's user namespace. Outside: the host's
     * @return outside: numbers of the engine's user namespace; empty if not all that were chosen are among its own
     */
    public static Optional<List<Range>> among(List<Range> chosen, List<Range> own) {
        List<Range> ranges = new ArrayList<>();
        for (Range range : chosen) {
            long end = range.outside() + range.size();
            for (long at = range.outside(); at < end; ) {
                long from = at;
                Optional<Range> holding = own.stream().filter(o -> o.outside() <= from && from < o.outside() + o.size()).findFirst();
                if (holding.isEmpty()) {
                    return Optional.empty();
                }
                Range block = holding.get();
                at = Math.min(end, block.outside() + block.size());
                ranges.add(new Range(range.inside() + from - range.outside(), block.inside() + from - block.outside(), at - from));
            }
        }
        return Optional.of(ranges);
    }
}
