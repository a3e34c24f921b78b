package dev.caisson.testkit.leak;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Knows how one resource looked when it was made, and says what has come since. */
interface Watch {
    /** A line for each that was not there before. */
    List<String> left();

    /** What there is now: an identity that is not used twice, and how to show it. */
    interface Listing {
        Map<String, String> now();
    }

    /** The watch for resources whose new entries are all ours. */
    static Watch of(Listing listing) {
        Map<String, String> before = Map.copyOf(listing.now());
        return () -> new TreeMap<>(listing.now()).entrySet().stream()
                .filter(entry -> !before.containsKey(entry.getKey())).map(Map.Entry::getValue).collect(Collectors.toList());
    }

    /** Puts an entry that may occur several times: the n-th gets an identity of its own. */
    static void putAgain(Map<String, String> entries, String entry) {
        int n = 1;
        while (entries.putIfAbsent(n == 1 ? entry : entry + " #" + n, entry) != null) {
            n++;
        }
    }
}
