package dev.caisson.core.layer;

/**
 * The names a layer has brought, as 64-bit hashes: two million of them are 64 MiB at most. A collision made on purpose spares a file of the attacker's own
 * image from a whiteout, nothing else.
 */
final class PathSet {
    private long[] slots = new long[1024];
    private int size;

    void add(String path) {
        long hash = hash(path);
        if (put(slots, hash) && ++size * 2 > slots.length) {
            long[] larger = new long[slots.length * 2];
            for (long slot : slots) {
                if (slot != 0) {
                    put(larger, slot);
                }
            }
            slots = larger;
        }
    }

    boolean contains(String path) {
        long hash = hash(path);
        for (int i = (int) hash & slots.length - 1; slots[i] != 0; i = i + 1 & slots.length - 1) {
            if (slots[i] == hash) {
                return true;
            }
        }
        return false;
    }

    private static boolean put(long[] slots, long hash) {
        int i = (int) hash & slots.length - 1;
        while (slots[i] != 0) {
            if (slots[i] == hash) {
                return false;
            }
            i = i + 1 & slots.length - 1;
        }
        slots[i] = hash;
        return true;
    }

    /** FNV-1a, mixed once more; never 0, which marks a free slot. */
    private static long hash(String path) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < path.length(); i++) {
            hash = (hash ^ path.charAt(i)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        return hash == 0 ? 1 : hash;
    }
}
