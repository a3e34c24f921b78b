package dev.caisson.network.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Some addresses of one family. */
final class Net {
    /** Where clouds answer with their secrets, and what else is of one link alone. */
    static final List<Net> METADATA = all("169.254.0.0/16", "100.100.100.200/32", "fe80::/10", "fd00:ec2::254/128");
    /** What no name may lead to: this host itself, one link, groups, and addresses that stand for others. */
    private static final List<Net> NOWHERE = all("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "ff00::/8");

    private final byte[] address;
    private final int length;

    private Net(byte[] address, int length) {
        this.address = address;
        this.length = length;
    }

    /** Reads {@code 10.0.0.0/8} or {@code 2001:db8::/32}, which the API has checked. */
    static Net of(String text) {
        int slash = text.indexOf('/');
        try {
            return new Net(literal(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is not a network", e);
        }
    }

    /** Mapped addresses would be read as IPv4. */
    private static byte[] literal(String text) throws UnknownHostException {
        if (text.equals("::ffff:0:0")) {
            byte[] mapped = new byte[16];
            mapped[10] = (byte) 0xff;
            mapped[11] = (byte) 0xff;
            return mapped;
        }
        return InetAddress.getByName(text).getAddress();
    }

    static Net host(byte[] address) {
        return new Net(address.clone(), address.length * 8);
    }

    private static List<Net> all(String... texts) {
        List<Net> all = new ArrayList<>();
        for (String each : texts) {
            all.add(of(each));
        }
        return List.copyOf(all);
    }

    byte[] address() {
        return address;
    }

    /** Whether it is of the family whose addresses have so many bytes. */
    boolean has(int bytes) {
        return address.length == bytes;
    }

    boolean everything() {
        return length == 0;
    }

    byte[] mask() {
        byte[] mask = new byte[address.length];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) (0xff << 8 - Math.max(0, Math.min(8, length - i * 8)));
        }
        return mask;
    }

    boolean contains(byte[] other) {
        byte[] mask = mask();
        boolean same = other.length == address.length;
        for (int i = 0; same && i < mask.length; i++) {
            same = ((other[i] ^ address[i]) & mask[i]) == 0;
        }
        return same;
    }

    boolean within(Net other) {
        return length >= other.length && other.contains(address);
    }

    /** Whether a name may lead there at all. */
    static boolean somewhere(byte[] address) {
        return NOWHERE.stream().noneMatch(n -> n.contains(address));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Net net && net.length == length && Arrays.equals(net.address, address);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(address) * 31 + length;
    }

    @Override
    public String toString() {
        return text(address) + "/" + length;
    }

    static String text(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
