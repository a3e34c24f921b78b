package dev.caisson.core.rootless;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** {@code /etc/subuid} and {@code /etc/subgid} (subuid(5)): which ids a user may give to his user namespaces. */
public final class SubordinateIds {
    static final long LAST = 0xffff_fffeL;

    private SubordinateIds() {}

    /** Consecutive ids. */
    public record Block(long first, long size) {}

    /**
     * Those of a user, in the order of the file. A line that is malformed, empty or beyond the last id gives nothing, as it does for newuidmap(1).
     *
     * @param file {@code user:first:count} lines
     * @param name of the user; a line may also name him by his number
     */
    public static List<Block> of(String file, String name, long uid) {
        return blocks(file, who -> who.equals(name) || who.equals(Long.toString(uid)));
    }

    /** Everybody's. */
    static List<Block> all(String file) {
        return blocks(file, who -> true);
    }

    private static List<Block> blocks(String file, Predicate<String> whose) {
        List<Block> blocks = new ArrayList<>();
        for (String line : file.split("\n")) {
            String[] field = line.strip().split(":", -1);
            if (field.length == 3 && !field[0].isEmpty() && whose.test(field[0])) {
                long first = number(field[1]);
                long size = number(field[2]);
                if (first > 0 && size > 0 && first <= LAST && size <= LAST - first + 1) {
                    blocks.add(new Block(first, size));
                }
            }
        }
        return blocks;
    }

    /** -1 if it is no decimal number that an id can be. */
    private static long number(String text) {
        if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Long.parseLong(text);
    }
}
