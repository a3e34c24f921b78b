package dev.caisson.network.egress;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.CT_MARK;
import static dev.caisson.network.nftables.Expression.CT_STATE;
import static dev.caisson.network.nftables.Expression.META_L4PROTO;
import static dev.caisson.network.nftables.Expression.NETWORK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.REG32;
import static dev.caisson.network.nftables.Expression.TRANSPORT;
import static dev.caisson.network.nftables.Expression.and;
import static dev.caisson.network.nftables.Expression.between;
import static dev.caisson.network.nftables.Expression.ct;
import static dev.caisson.network.nftables.Expression.destinationType;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.goTo;
import static dev.caisson.network.nftables.Expression.in;
import static dev.caisson.network.nftables.Expression.limit;
import static dev.caisson.network.nftables.Expression.map;
import static dev.caisson.network.nftables.Expression.meta;
import static dev.caisson.network.nftables.Expression.notEqual;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.redirect;
import static dev.caisson.network.nftables.Expression.reset;
import static dev.caisson.network.nftables.Expression.setCt;
import static dev.caisson.network.nftables.Expression.show;
import static dev.caisson.network.nftables.Expression.unreachable;
import static dev.caisson.network.nftables.Expression.value;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The rules of one family in the router: from the address of a container with a policy, which the bridge's rules vouch for, to the chains of that policy. A connection that is
 * let through is marked with the container's number, and what carries its mark goes on; so a flow that was begun by an earlier container with the same address is none of
 * the new one's.
 */
final class Table {
    static final int GROUP = 1;
    private static final String NAME = "caisson_egress";
    private static final String POLICIES = "policies";
    private static final String REDIRECTS = "redirects";
    private static final String NUMBERS = "numbers";
    private static final String OURS = "ours";
    private static final String FORWARD = "forward";
    private static final String PREROUTING = "prerouting";
    private static final String ACCEPTED = "accepted";
    private static final int BEFORE_FILTER = -10;
    private static final int DSTNAT = -100;
    private static final int NEW = 8;
    private static final int LOCAL = 2;
    private static final int TO_PORT = 2;
    /** Of a packet that is shown: the headers. */
    private static final int SHOWN = 96;
    private static final int SHOWN_PER_SECOND = 20;
    /** Where the value of a map goes: behind the longest key. */
    private static final int VALUE = REG32 + 8;

    private final Conversation firewall;
    private final Family family;
    private final boolean shown;

    /** @param shown whether somebody listens to what is refused */
    Table(Conversation firewall, Family family, boolean shown) {
        this.firewall = firewall;
        this.family = family;
        this.shown = shown;
    }

    private Batch batch() {
        return Batch.of(family.table, NAME);
    }

    private Expression from() {
        return payload(NETWORK, family.source, family.bytes, REG32);
    }

    private Expression to() {
        return payload(NETWORK, family.destination(), family.bytes, REG32);
    }

    static byte[] host(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
    }

    void make() {
        batch().ownedTable().verdicts(POLICIES, family.bytes).verdicts(REDIRECTS, family.bytes).map(NUMBERS, family.bytes, 4).set(OURS, family.bytes + 4)
                .chain(FORWARD, "filter", Batch.FORWARD, BEFORE_FILTER, ACCEPT).chain(PREROUTING, "nat", Batch.PREROUTING, DSTNAT, ACCEPT).chain(ACCEPTED)
                // what comes in by a published port begins a connection that may be answered
                .rule(FORWARD, ct(CT_STATE, REG), and(REG, host(NEW)), notEqual(REG, host(0)), to(), map(NUMBERS, REG32, VALUE), setCt(CT_MARK, VALUE))
                .rule(FORWARD, from(), ct(CT_MARK, REG32 + family.registers()), in(OURS, REG32), verdict(ACCEPT))
                .rule(FORWARD, from(), goTo(POLICIES, REG32))
                .rule(ACCEPTED, from(), map(NUMBERS, REG32, VALUE), setCt(CT_MARK, VALUE), verdict(ACCEPT))
                .rule(PREROUTING, from(), goTo(REDIRECTS, REG32)).commit(firewall);
    }

    private static String out(int number) {
        return "out_" + number;
    }

    private static String refused(int number) {
        return "refused_" + number;
    }

    private static String redirected(int number) {
        return "redirect_" + number;
    }

    private static String named(int number) {
        return "named_" + number;
    }

    private final class Chain {
        private final Batch batch;
        private final String name;
        private final Expression[] end;

        Chain(Batch batch, String name, Expression... end) {
            this.batch = batch;
            this.name = name;
            this.end = end;
        }

        void when(List<Expression> conditions, Expression... then) {
            List<Expression> all = new ArrayList<>(conditions);
            all.addAll(List.of(then));
            batch.rule(name, all.toArray(Expression[]::new));
        }

        /** Those of this family. */
        void each(List<Policy.Opening> openings) {
            openings.stream().filter(o -> o.net().has(family.bytes)).forEach(o -> when(conditions(o), end));
        }
    }

    private List<Expression> conditions(Policy.Opening opening) {
        List<Expression> all = new ArrayList<>();
        if (!opening.net().everything()) {
            all.add(to());
            all.add(and(REG, opening.net().mask()));
            all.add(equal(REG, opening.net().address()));
        }
        if (opening.protocol() != 0) {
            all.add(meta(META_L4PROTO, REG));
            all.add(equal(REG, (byte) opening.protocol()));
        }
        if (opening.first() != 0) {
            all.add(payload(TRANSPORT, TO_PORT, 2, REG));
            all.addAll(between(REG, port(opening.first()), port(opening.last())));
        }
        return all;
    }

    private static byte[] port(int port) {
        return new byte[] {(byte) (port >>> 8), (byte) port};
    }

    /** The chains of a policy. @param proxies where the proxy listens, by the TCP port that was meant */
    void add(int number, Policy policy, Map<Integer, Integer> proxies) {
        Batch batch = batch().set(named(number), family.bytes + 8).chain(refused(number)).chain(out(number)).chain(redirected(number));
        refuse(batch, refused(number));
        List<Policy.Opening> metadata = Net.METADATA.stream().map(n -> new Policy.Opening(n, 0, 0, 0)).toList();
        List<Policy.Opening> meant = policy.allowed().stream().filter(a -> Net.METADATA.stream().anyMatch(a.net()::within)).toList();
        Chain refuse = new Chain(batch, out(number), goTo(refused(number)));
        Chain accept = new Chain(batch, out(number), goTo(ACCEPTED));
        refuse.each(policy.denied());
        accept.each(meant);
        refuse.each(metadata);
        accept.each(policy.allowed());
        accept.when(opened(number), goTo(ACCEPTED));
        refuse.when(List.of(), goTo(refused(number)));
        Chain direct = new Chain(batch, redirected(number), verdict(ACCEPT)); // as it is: the other chains judge it
        direct.when(List.of(destinationType(REG), equal(REG, host(LOCAL))), verdict(ACCEPT));
        direct.when(List.of(meta(META_L4PROTO, REG), notEqual(REG, (byte) Policy.TCP)), verdict(ACCEPT));
        direct.each(policy.denied());
        direct.each(metadata);
        direct.each(policy.allowed());
        direct.when(opened(number), verdict(ACCEPT));
        proxies.forEach((meantPort, proxy) -> direct.when(List.of(payload(TRANSPORT, TO_PORT, 2, REG), equal(REG, port(meantPort))), value(REG, port(proxy)), redirect(REG)));
        batch.commit(firewall);
    }

    private void refuse(Batch batch, String chain) {
        if (shown) {
            batch.rule(chain, limit(SHOWN_PER_SECOND, SHOWN_PER_SECOND), show(GROUP, SHOWN));
        }
        batch.rule(chain, meta(META_L4PROTO, REG), equal(REG, (byte) Policy.TCP), reset());
        batch.rule(chain, unreachable(family.prohibited));
    }

    /** An address, protocol and port of a name that was answered. */
    private List<Expression> opened(int number) {
        int behind = REG32 + family.registers();
        return List.of(to(), meta(META_L4PROTO, behind), payload(TRANSPORT, TO_PORT, 2, behind + 1), in(named(number), REG32));
    }

    private byte[] key(byte[] address, int protocol, int port) {
        return ByteBuffer.allocate(family.bytes + 8).put(address).put((byte) protocol).put(new byte[3]).putShort((short) port).array();
    }

    void open(int number, byte[] address, int protocol, int port) {
        batch().element(named(number), key(address, protocol, port), new byte[0]).commit(firewall);
    }

    void shut(int number, byte[] address, int protocol, int port) {
        batch().removeElement(named(number), key(address, protocol, port)).commit(firewall);
    }

    void remove(int number) {
        batch().removeChain(out(number)).removeChain(redirected(number)).removeChain(refused(number)).removeSet(named(number)).commit(firewall);
    }

    /** From now on the policy is that of an address. */
    void bind(int number, byte[] address) {
        bind(batch(), number, address).commit(firewall);
    }

    private Batch bind(Batch batch, int number, byte[] address) {
        return batch.element(NUMBERS, address, host(number)).element(OURS, marked(address, number), new byte[0]).lead(POLICIES, address, out(number))
                .lead(REDIRECTS, address, redirected(number));
    }

    /** Another policy is that of an address, from one packet to the next. Flows that were let through under the one before are judged anew. */
    void rebind(int before, int number, byte[] address) {
        bind(release(batch(), before, address), number, address).commit(firewall);
    }

    void release(int number, byte[] address) {
        release(batch(), number, address).commit(firewall);
    }

    private Batch release(Batch batch, int number, byte[] address) {
        return batch.removeElement(POLICIES, address).removeElement(REDIRECTS, address).removeElement(NUMBERS, address).removeElement(OURS, marked(address, number));
    }

    private byte[] marked(byte[] address, int number) {
        return ByteBuffer.allocate(family.bytes + 4).put(address).put(host(number)).array();
    }
}
