package dev.caisson.network.rtnetlink;

/** An IPv4 address with a prefix length. */
public record Prefix(int address, int length) {
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
}
