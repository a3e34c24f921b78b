package dev.caisson.network.rtnetlink;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * An IPv6 address with a prefix length; 128 for an address alone.
 *
 * @param high its first 8 bytes
 * @param low its last 8 bytes
 */
public record Prefix6(long high, long low, int length) {
    private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F:.]{2,45}");
    private static final int GROUPS = 8;

    /** Reads {@code fd00:1::/64}. @throws IllegalArgumentException if it is not like that */
    public static Prefix6 parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}") || Integer.parseInt(text.substring(slash + 1)) > 128) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv6 address with a prefix length, such as fd12:3456:789a:1::/64");
        }
        Prefix6 address = parseAddress(text.substring(0, slash));
        return new Prefix6(address.high, address.low, Integer.parseInt(text.substring(slash + 1)));
    }

    /** Reads {@code fd00:1::5}, without a zone. @throws IllegalArgumentException if it is not like that */
    public static Prefix6 parseAddress(String text) {
        try {
            if (LITERAL.matcher(text).matches() && text.indexOf(':') >= 0 && InetAddress.getByName(text) instanceof Inet6Address address) { // a literal: no name is looked up
                return of(address.getAddress(), 128);
            }
        } catch (UnknownHostException e) {
            // not a literal after all
        }
        throw new IllegalArgumentException("'" + text + "' is not an IPv6 address");
    }

    /** From 16 bytes in network order. */
    public static Prefix6 of(byte[] address, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(address);
        return new Prefix6(bytes.getLong(), bytes.getLong(), length);
    }

    /** The address in network order. */
    public byte[] bytes() {
        return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << 64 - bits;
    }

    /** The same address with another length. */
    public Prefix6 of(int other) {
        return new Prefix6(high, low, other);
    }

    /** Without the bits beyond its length. */
    public Prefix6 network() {
        return new Prefix6(high & mask(length), low & mask(length - 64), length);
    }

    /** An address so many after its first. */
    public Prefix6 address(long number) {
        Prefix6 first = network();
        long sum = first.low + number;
        return new Prefix6(first.high + (Long.compareUnsigned(sum, first.low) < 0 ? 1 : 0), sum, 128);
    }

    /** Whether all of another is in it. */
    public boolean contains(Prefix6 other) {
        return other.length >= length && ((high ^ other.high) & mask(length)) == 0 && ((low ^ other.low) & mask(length - 64)) == 0;
    }

    /** Whether they share an address. */
    public boolean overlaps(Prefix6 other) {
        return length <= other.length ? contains(other) : other.contains(this);
    }

    /** The address as RFC 5952 writes it. */
    public String text() {
        int[] groups = new int[GROUPS];
        ByteBuffer bytes = ByteBuffer.wrap(bytes());
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = Short.toUnsignedInt(bytes.getShort());
        }
        int start = -1;
        int longest = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                start = i;
                longest = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return text() + "/" + length;
    }
}
