package dev.caisson.network.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Attributes of a received message, see netlink(7). Lenient towards garbage: an attribute whose length does not fit ends the list, so that no answer of any
 * kind makes more than a value missing.
 */
public final class Attributes {
    static final int HEADER = 4;
    private static final int TYPE_MASK = 0x3fff;

    private record Entry(int type, byte[] value) {}

    private final List<Entry> entries;

    private Attributes(List<Entry> entries) {
        this.entries = entries;
    }

    /** Those in a message from an offset on. */
    public static Attributes parse(byte[] message, int offset) {
        List<Entry> entries = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
        int at = Math.max(offset, 0);
        while (at <= message.length - HEADER) {
            int length = Short.toUnsignedInt(in.getShort(at));
            if (length < HEADER || length > message.length - at) {
                break;
            }
            byte[] value = new byte[length - HEADER];
            in.get(at + HEADER, value);
            entries.add(new Entry(in.getShort(at + 2) & TYPE_MASK, value));
            at += length + 3 & ~3;
        }
        return new Attributes(entries);
    }

    /** The value of the first attribute of a type. */
    public Optional<byte[]> bytes(int type) {
        return entries.stream().filter(e -> e.type == type).findFirst().map(Entry::value);
    }

    /** All values of a type, in order. */
    public List<byte[]> all(int type) {
        return entries.stream().filter(e -> e.type == type).map(Entry::value).toList();
    }

    /** A 32-bit number in the machine's byte order. */
    public Optional<Integer> number(int type) {
        return bytes(type).filter(b -> b.length == 4).map(b -> ByteBuffer.wrap(b).order(ByteOrder.nativeOrder()).getInt());
    }

    /** A 32-bit number in network order, as nf_tables has them. */
    public Optional<Integer> network32(int type) {
        return bytes(type).filter(b -> b.length == 4).map(b -> ByteBuffer.wrap(b).getInt());
    }

    /** A text, up to its first NUL. */
    public Optional<String> text(int type) {
        return bytes(type).map(b -> {
            String text = new String(b, StandardCharsets.UTF_8);
            int end = text.indexOf('\0');
            return end < 0 ? text : text.substring(0, end);
        });
    }

    /** The attributes inside one. */
    public Attributes nested(int type) {
        return parse(bytes(type).orElse(new byte[0]), 0);
    }

    /** How many there are. */
    public int size() {
        return entries.size();
    }
}
