package dev.caisson.network.nftables;

import dev.caisson.network.netlink.Message;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One expression of a rule, named as {@code nft --debug=netlink} names it. Registers: 1 to 4 hold 16 bytes each; 8 to 23 the same room as 4 bytes each.
 *
 * @param name the kernel's
 * @param data writes its attributes
 */
public record Expression(String name, Consumer<Message> data) {
    /** Register 1. */
    public static final int REG = 1;
    /** The first of the 4-byte registers, which is the beginning of register 1. */
    public static final int REG32 = 8;
    public static final int META_IIFNAME = 6;
    public static final int META_OIFNAME = 7;
    public static final int META_L4PROTO = 16;
    public static final int LINK = 0;
    public static final int NETWORK = 1;
    public static final int TRANSPORT = 2;
    public static final int CT_STATE = 0;
    public static final int CT_STATUS = 2;
    public static final int CT_MARK = 3;
    public static final int DROP = 0;
    public static final int ACCEPT = 1;
    static final int GOTO = -4;
    private static final int VERDICT_REGISTER = 0;
    private static final int RESET = 1;
    private static final int ICMP_UNREACHABLE = 0;
    private static final int IFNAMSIZ = 16;
    private static final int DATA_VALUE = 1;
    private static final int DATA_VERDICT = 2;
    private static final int EQ = 0;
    private static final int NEQ = 1;
    private static final int LT = 2;
    private static final int LTE = 3;
    private static final int GTE = 5;
    private static final int RANDOM = 1;
    private static final int TO_NETWORK = 1;

    /** Loads a property of the packet. */
    public static Expression meta(int key, int register) {
        return new Expression("meta", m -> m.network32(2, key).network32(1, register));
    }

    /** Loads a property of its connection. */
    public static Expression ct(int key, int register) {
        return new Expression("ct", m -> m.network32(2, key).network32(1, register));
    }

    /** Gives its connection a property. */
    public static Expression setCt(int key, int register) {
        return new Expression("ct", m -> m.network32(2, key).network32(4, register));
    }

    /** Loads a value. */
    public static Expression value(int register, byte... value) {
        return new Expression("immediate", m -> m.network32(1, register).nest(2, d -> d.put(DATA_VALUE, value)));
    }

    /** Loads bytes of the packet. */
    public static Expression payload(int base, int offset, int length, int register) {
        return new Expression("payload", m -> m.network32(1, register).network32(2, base).network32(3, offset).network32(4, length));
    }

    /** Goes on if the register is equal. */
    public static Expression equal(int register, byte... value) {
        return compare(register, EQ, value);
    }

    /** Goes on if the register is not equal. */
    public static Expression notEqual(int register, byte... value) {
        return compare(register, NEQ, value);
    }

    /** Goes on if the register is one of these or between them, as numbers in network order. */
    public static List<Expression> between(int register, byte[] first, byte[] last) {
        return List.of(compare(register, GTE, first), compare(register, LTE, last));
    }

    private static Expression compare(int register, int operation, byte... value) {
        return new Expression("cmp", m -> m.network32(1, register).network32(2, operation).nest(3, d -> d.put(DATA_VALUE, value)));
    }

    /** Goes on at random, so many times of so many. @param of at most 2^31 */
    public static List<Expression> randomBelow(int register, int of, int times) {
        byte[] bound = {(byte) (times >>> 24), (byte) (times >>> 16), (byte) (times >>> 8), (byte) times};
        return List.of(new Expression("numgen", m -> m.network32(1, register).network32(2, of).network32(3, RANDOM)),
                new Expression("byteorder", m -> m.network32(1, register).network32(2, register).network32(3, TO_NETWORK).network32(4, 4).network32(5, 4)),
                compare(register, LT, bound));
    }

    /** Register and mask. */
    public static Expression and(int register, byte... mask) {
        return new Expression("bitwise", m -> m.network32(1, register).network32(2, register).network32(3, mask.length)
                .nest(4, d -> d.put(DATA_VALUE, mask)).nest(5, d -> d.put(DATA_VALUE, new byte[mask.length])));
    }

    /** Loads the type of the destination address: 2 is one of this host's. */
    public static Expression destinationType(int register) {
        return new Expression("fib", m -> m.network32(1, register).network32(2, 3).network32(3, 2));
    }

    /** Goes on if the key is in a set. */
    public static Expression in(String set, int key) {
        return new Expression("lookup", m -> m.text(1, set).network32(2, key));
    }

    /** Goes on if the key is in a map, with the value in a register. */
    public static Expression map(String map, int key, int value) {
        return new Expression("lookup", m -> m.text(1, map).network32(2, key).network32(3, value));
    }

    /** Goes where a map of chains leads the key; goes on if it leads nowhere. */
    public static Expression goTo(String map, int key) {
        return map(map, key, VERDICT_REGISTER);
    }

    /** Goes to a chain, from which nothing comes back. */
    public static Expression goTo(String chain) {
        return new Expression("immediate", m -> m.network32(1, VERDICT_REGISTER).nest(2, d -> d.nest(DATA_VERDICT, v -> v.network32(1, GOTO).text(2, chain))));
    }

    /** Source becomes the address of the interface it leaves by. */
    public static Expression masquerade() {
        return new Expression("masq", m -> { });
    }

    /** Destination becomes the address and port in two registers. @param family {@link Batch#IP} or {@link Batch#IP6} */
    public static Expression dnat(int family, int address, int port) {
        return new Expression("nat", m -> m.network32(1, 1).network32(2, family).network32(3, address).network32(4, address).network32(5, port).network32(6, port));
    }

    /** Destination becomes this host, at the port in a register. */
    public static Expression redirect(int port) {
        return new Expression("redir", m -> m.network32(1, port));
    }

    /** Drops the packet and says so to its sender: with a reset of the connection. */
    public static Expression reset() {
        return new Expression("reject", m -> m.network32(1, RESET).put(2, (byte) 0));
    }

    /** The same with an ICMP message. @param code of "destination unreachable" */
    public static Expression unreachable(int code) {
        return new Expression("reject", m -> m.network32(1, ICMP_UNREACHABLE).put(2, (byte) code));
    }

    /** Shows the packet to whoever listens to a group (NFLOG). @param bytes how much of it */
    public static Expression show(int group, int bytes) {
        return new Expression("log", m -> m.put(1, (byte) (group >>> 8), (byte) group).network32(3, bytes));
    }

    /** Ends the rule's chain: {@link #DROP} or {@link #ACCEPT}. */
    public static Expression verdict(int code) {
        return new Expression("immediate", m -> m.network32(1, 0).nest(2, d -> d.nest(DATA_VERDICT, v -> v.network32(1, code))));
    }

    /** Counts packets and bytes. */
    public static Expression counter() {
        return new Expression("counter", m -> m.network64(1, 0).network64(2, 0));
    }

    /** Goes on so often in a second and no more. */
    public static Expression limit(long perSecond, int burst) {
        return new Expression("limit", m -> m.network64(1, perSecond).network64(2, 1).network32(3, burst).network32(4, 0));
    }

    /** Writes the packet to the kernel's log. */
    public static Expression log(String prefix) {
        return new Expression("log", m -> m.text(2, prefix));
    }

    /** An interface name as a register holds it. */
    public static byte[] interfaceName(String name) {
        return Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), IFNAMSIZ);
    }
}
