package dev.caisson.network.nftables;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import java.util.ArrayList;
import java.util.List;

/** Changes to one table that the kernel carries out as one, or not at all. */
public final class Batch {
    public static final int IP = 2;
    public static final int BRIDGE = 7;
    public static final int IP6 = 10;
    public static final int PREROUTING = 0;
    public static final int INPUT = 1;
    public static final int FORWARD = 2;
    public static final int OUTPUT = 3;
    public static final int POSTROUTING = 4;
    private static final int SUBSYSTEM = 10 << 8;
    private static final int BEGIN = 16;
    private static final int END = 17;
    private static final int NEWTABLE = 0;
    private static final int DELTABLE = 2;
    private static final int NEWCHAIN = 3;
    private static final int DELCHAIN = 5;
    private static final int NEWRULE = 6;
    private static final int DELRULE = 8;
    private static final int NEWSET = 9;
    private static final int DELSET = 11;
    private static final int NEWSETELEM = 12;
    private static final int DELSETELEM = 14;
    private static final int LIST_ELEM = 1;
    private static final int OWNER = 2;
    private static final int SET_MAP = 8;
    private static final int VERDICTS = 0xffffff00;
    private static final int VERDICT = 2;

    private final int family;
    private final String table;
    private final List<Message> messages = new ArrayList<>();
    private int sets;

    private Batch(int family, String table) {
        this.family = family;
        this.table = table;
        messages.add(control(BEGIN));
    }

    /** @param family {@link #IP}, {@link #IP6} or {@link #BRIDGE} */
    public static Batch of(int family, String table) {
        return new Batch(family, table);
    }

    private static Message control(int type) {
        return Message.of(type, 0, "change a firewall table").raw((byte) 0, (byte) 0, (byte) 0, (byte) 10);
    }

    private Message add(int type, int flags, String about) {
        Message m = Message.of(SUBSYSTEM | type, flags | Message.ACK, about + " in nftables table " + table).raw((byte) family, (byte) 0, (byte) 0, (byte) 0);
        messages.add(m);
        return m;
    }

    /** The table, which the kernel removes when the socket that sends this is closed, and which nobody else can change. */
    public Batch ownedTable() {
        add(NEWTABLE, Message.CREATE | Message.EXCL, "make").text(1, table).network32(2, OWNER);
        return this;
    }

    /** The table with all that is in it, no longer. */
    public Batch removeTable() {
        add(DELTABLE, 0, "remove").text(1, table);
        return this;
    }

    /** A chain at a hook. @param type filter or nat; @param policy {@link Expression#ACCEPT} or {@link Expression#DROP} */
    public Batch chain(String name, String type, int hook, int priority, int policy) {
        add(NEWCHAIN, Message.CREATE | Message.EXCL, "make the chain " + name).text(1, table).text(3, name)
                .nest(4, h -> h.network32(1, hook).network32(2, priority)).network32(5, policy).text(7, type);
        return this;
    }

    /** A chain that rules and maps lead to. */
    public Batch chain(String name) {
        add(NEWCHAIN, Message.CREATE | Message.EXCL, "make the chain " + name).text(1, table).text(3, name);
        return this;
    }

    /** Such a chain with its rules, no longer; nothing may lead to it any more. */
    public Batch removeChain(String name) {
        add(DELRULE, 0, "empty the chain " + name).text(1, table).text(2, name);
        add(DELCHAIN, 0, "remove the chain " + name).text(1, table).text(3, name);
        return this;
    }

    /** A rule at the end of a chain. */
    public Batch rule(String chain, Expression... expressions) {
        add(NEWRULE, Message.CREATE | Message.APPEND, "add a rule to chain " + chain).text(1, table).text(2, chain).nest(4, list -> {
            for (Expression e : expressions) {
                list.nest(LIST_ELEM, item -> item.text(1, e.name()).nest(2, e.data()));
            }
        });
        return this;
    }

    /** A set of keys of so many bytes. */
    public Batch set(String name, int keyLength) {
        newSet(name, 0, keyLength);
        return this;
    }

    /** A map from keys to values, of so many bytes. */
    public Batch map(String name, int keyLength, int valueLength) {
        newSet(name, SET_MAP, keyLength).network32(6, 0).network32(7, valueLength);
        return this;
    }

    /** A map from keys of so many bytes to chains. */
    public Batch verdicts(String name, int keyLength) {
        newSet(name, SET_MAP, keyLength).network32(6, VERDICTS);
        return this;
    }

    /** Leads a key of such a map to a chain, from which nothing comes back. */
    public Batch lead(String map, byte[] key, String chain) {
        add(NEWSETELEM, Message.CREATE | Message.EXCL, "add to map " + map).text(1, table).text(2, map).nest(3, list -> list.nest(LIST_ELEM, item ->
                item.nest(1, k -> k.put(1, key)).nest(2, v -> v.nest(VERDICT, to -> to.network32(1, Expression.GOTO).text(2, chain)))));
        return this;
    }

    /** A set or map that no rule looks into any more, no longer. */
    public Batch removeSet(String name) {
        add(DELSET, 0, "remove the set " + name).text(1, table).text(2, name);
        return this;
    }

    private Message newSet(String name, int flags, int keyLength) {
        return add(NEWSET, Message.CREATE | Message.EXCL, "make the set " + name).text(1, table).text(2, name).network32(3, flags)
                .network32(4, 0).network32(5, keyLength).network32(10, ++sets);
    }

    /** Adds a key. @param value "" (length 0) in a set */
    public Batch element(String set, byte[] key, byte[] value) {
        element(add(NEWSETELEM, Message.CREATE | Message.EXCL, "add to set " + set), set, key, value);
        return this;
    }

    /** Takes a key out. */
    public Batch removeElement(String set, byte[] key) {
        element(add(DELSETELEM, 0, "remove from set " + set), set, key, new byte[0]);
        return this;
    }

    private void element(Message m, String set, byte[] key, byte[] value) {
        m.text(1, table).text(2, set).nest(3, list -> list.nest(LIST_ELEM, item -> {
            item.nest(1, k -> k.put(1, key));
            if (value.length > 0) {
                item.nest(2, v -> v.put(1, value));
            }
        }));
    }

    /** What is sent, in order. */
    public List<Message> messages() {
        List<Message> all = new ArrayList<>(messages);
        all.add(control(END));
        return all;
    }

    /** What is sent, as one datagram. */
    public byte[] datagram() {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        int sequence = 0;
        for (Message each : messages()) {
            all.writeBytes(each.encode(++sequence));
        }
        return all.toByteArray();
    }

    /**
     * Has it carried out.
     *
     * @throws dev.caisson.network.netlink.NetlinkRefusal for the first change that cannot be
     */
    public void commit(Conversation firewall) {
        firewall.request(messages(), true);
    }

}
