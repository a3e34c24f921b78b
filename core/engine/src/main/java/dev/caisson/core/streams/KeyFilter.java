package dev.caisson.core.streams;

import java.io.ByteArrayOutputStream;

/**
 * Finds keys, one after the other, in what is typed, in whatever pieces that comes (Knuth, Morris, Pratt). What may be their beginning is held back until the next byte says that it is not.
 */
public final class KeyFilter {
    private final byte[] keys;
    /** Of the first i + 1 keys: how many of the first ones they end with, not counting all of them. */
    private final int[] border;
    private int matched;

    /** @param keys none are never found */
    public KeyFilter(byte[] keys) {
        this.keys = keys.clone();
        this.border = new int[keys.length];
        for (int i = 1; i < keys.length; i++) {
            border[i] = next(border[i - 1], keys[i]);
        }
    }

    private int next(int length, byte key) {
        int known = length;
        while (known > 0 && keys[known] != key) {
            known = border[known - 1];
        }
        return keys[known] == key ? known + 1 : 0;
    }

    /** What is to be passed on of it; nothing of what follows the keys. */
    public byte[] pass(byte[] typed, int from, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + matched);
        for (int i = from; i < from + length && !found(); i++) {
            if (keys.length == 0) {
                out.write(typed[i]);
                continue;
            }
            int held = next(matched, typed[i]);
            int free = matched + 1 - held;
            out.write(keys, 0, Math.min(free, matched));
            if (free > matched) {
                out.write(typed[i]);
            }
            matched = held;
        }
        return out.toByteArray();
    }

    /** Whether all keys were typed. */
    public boolean found() {
        return keys.length > 0 && matched == keys.length;
    }
}
