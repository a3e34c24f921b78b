package dev.caisson.network.rtnetlink;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An IPv4 address with a prefix length. */
public record Prefix(int address, int length) {
    private static final Pattern DOTTED = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    /** Reads {@code 10.1.2.3/24}. @throws IllegalArgumentException if it is not like that */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,2}") || Integer.parseInt(text.substring(slash + 1)) > 32) {
            throw new IllegalArgumentException("'" + text + "' is not an address with a prefix length, such as 10.5.0.0/16");
        }
        return new Prefix(parseAddress(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** Reads {@code 10.1.2.3}. @throws IllegalArgumentException if it is not like that */
    public static int parseAddress(String text) {
        Matcher parts = DOTTED.matcher(text);
        int address = 0;
        boolean ok = parts.matches();
        for (int i = 1; ok && i <= 4; i++) {
            int part = Integer.parseInt(parts.group(i));
            ok = part <= 255;
            address = address << 8 | part;
        }
        if (!ok) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address");
        }
        return address;
    }

    /** {@code 10.1.2.3/24}. */
    @Override
    public String toString() {
        return text(address) + "/" + length;
    }

    /** Dotted. */
    public static String text(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    /** In network order. */
    public static byte[] bytes(int address) {
        return new byte[] {(byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address};
    }

    /** The bits that the network part has. */
    public int mask() {
        return length == 0 ? 0 : -1 << 32 - length;
    }

    /** Whether they share an address. */
    public boolean overlaps(Prefix other) {
        int mask = mask() & other.mask();
        return (address & mask) == (other.address & mask);
    }

    /** Whether an address is in it. */
    public boolean contains(int other) {
        return ((address ^ other) & mask()) == 0;
    }

    /** Whether all of another is in it. */
    public boolean contains(Prefix other) {
        return other.length >= length && contains(other.address);
    }

    /** Its last address: the one for broadcasts. */
    public int last() {
        return address | ~mask();
    }
}
