package dev.caisson.registry.protocol;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedSet;

/**
 * A part of a list (OCI distribution spec, "Listing tags"): at most n after a last one, in the order of their characters.
 *
 * @param items of this page
 * @param next the query of the next page; "" if this is the last
 */
public record Page(List<String> items, String next) {
    private static final int MOST = 10_000;

    public Page {
        items = List.copyOf(items);
    }

    /** @throws Fault if {@code n} is no number */
    public static Page of(SortedSet<String> all, Query query) {
        int n = size(query);
        SortedSet<String> after = query.has("last") ? all.tailSet(query.one("last") + "\0") : all;
        List<String> items = after.stream().limit(n).toList();
        return new Page(items, n > 0 && after.size() > n ? next(n, items.get(items.size() - 1)) : "");
    }

    /** How many items a page may have. @throws Fault if {@code n} is no number */
    public static int size(Query query) {
        String wanted = query.one("n");
        if (query.has("n") && (wanted.isEmpty() || !ByteRange.digits(wanted))) {
            throw new Fault(Code.PAGINATION_NUMBER_INVALID, "n is a whole number from 0 on");
        }
        return query.has("n") ? (int) Math.min(MOST, ByteRange.number(wanted)) : MOST;
    }

    /** The query of the page after this item. */
    public static String next(int n, String last) {
        return "n=" + n + "&last=" + URLEncoder.encode(last, StandardCharsets.UTF_8);
    }
}
