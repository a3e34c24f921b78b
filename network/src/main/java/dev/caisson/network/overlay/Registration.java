package dev.caisson.network.overlay;

import dev.caisson.network.etcd.EtcdClient;
import dev.caisson.network.etcd.EtcdFailure;
import dev.caisson.network.etcd.KeyValue;
import dev.caisson.network.etcd.Transaction;
import dev.caisson.network.rtnetlink.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The transactions by which a host says what it has. Each either happens as a whole or says who is in the way. */
final class Registration {
    private final EtcdClient etcd;
    private final Keys keys;
    private final Agreement agreed;
    private final byte[] instance;
    private final Optional<byte[]> publicKey;

    /**
     * Says nothing yet.
     *
     * @param instance who this is, unlike any other engine
     * @param publicKey of this host, on an encrypted network
     */
    Registration(EtcdClient etcd, Keys keys, Agreement agreed, String instance, Optional<byte[]> publicKey) {
        this.etcd = etcd;
        this.keys = keys;
        this.agreed = agreed;
        this.instance = instance.getBytes(StandardCharsets.UTF_8);
        this.publicKey = publicKey;
    }

    /** Says that this host is on the network. @param port where this engine takes VXLAN; @return what is in the way; empty if it is done */
    Optional<String> host(int local, int port, long lease) throws EtcdFailure {
        String key = keys.host(local, Optional.of(port).filter(p -> p != agreed.vxlanPort()));
        Transaction.Outcome first = etcd.commit(here(new Transaction().ifAbsent(key).ifValue(keys.agreement(), agreed.json()), key, local, lease).elseRead(key).elseRead(keys.agreement()));
        if (first.succeeded()) {
            return Optional.empty();
        }
        Optional<KeyValue> agreement = found(first, keys.agreement());
        if (agreement.isEmpty()) { // somebody deleted it, or all hosts were cut off at once
            etcd.commit(new Transaction().ifAbsent(keys.agreement()).put(keys.agreement(), agreed.json(), 0).put(keys.vni(agreed.vni()), keys.network().getBytes(StandardCharsets.UTF_8), 0));
            return Optional.of("it has to be agreed on anew");
        }
        if (!Arrays.equals(agreement.get().value(), agreed.json())) {
            return Optional.of("it was made anew with another number or other addresses while this host was cut off; remove it here and create it again");
        }
        Optional<KeyValue> holder = found(first, key);
        if (holder.isPresent() && Arrays.equals(holder.get().value(), instance)) {
            return etcd.commit(here(new Transaction().ifUnchanged(holder.get()), key, local, lease)).succeeded() ? Optional.empty() : Optional.of("it is being changed");
        }
        return Optional.of("another engine is on it with this host's address " + Prefix.text(local));
    }

    private Transaction here(Transaction conditions, String key, int local, long lease) {
        conditions.put(key, instance, lease);
        publicKey.ifPresent(k -> conditions.put(keys.hostKey(local), HostKeys.json(k), lease));
        return conditions;
    }

    private static Optional<KeyValue> found(Transaction.Outcome outcome, String key) {
        return outcome.found().stream().filter(e -> e.key().equals(key)).findFirst();
    }

    /** Says that this host has a container. @return who has its address instead; empty if it is done */
    Optional<KeyValue> member(Member member, long lease) throws EtcdFailure {
        String key = keys.member(member.address());
        Transaction.Outcome first = etcd.commit(new Transaction().ifAbsent(key).put(key, member.json(), lease).elseRead(key));
        Optional<KeyValue> holder = first.succeeded() ? Optional.empty() : found(first, key);
        if (holder.isPresent() && isOf(holder.get(), member.container())) { // from before the lease was lost
            return etcd.commit(new Transaction().ifUnchanged(holder.get()).put(key, member.json(), lease)).succeeded() ? Optional.empty() : holder;
        }
        return first.succeeded() || holder.isPresent() ? holder : Optional.of(new KeyValue(key, new byte[0], 0, 0)); // gone again meanwhile
    }

    /** Whether a key says that a container of ours has the address. */
    boolean isOf(KeyValue holder, String container) {
        return read(holder).filter(m -> m.container().equals(container)).isPresent();
    }

    /** What a key says, if it is valid. */
    Optional<Member> read(KeyValue entry) {
        try {
            return Optional.of(Member.parse(entry.key().substring(Math.min(keys.members().length(), entry.key().length())), entry.value(), agreed));
        } catch (Foreign.Refused e) {
            return Optional.empty();
        }
    }

    /** Takes back what {@link #member} said, if it still stands. */
    void forget(Member member) throws EtcdFailure {
        etcd.commit(new Transaction().ifValue(keys.member(member.address()), member.json()).delete(keys.member(member.address())));
    }

    /** Ends everything this host said. The last host takes the network with it. */
    void end(long lease) throws EtcdFailure {
        etcd.revoke(lease);
        etcd.commit(new Transaction().ifNoneBelow(keys.hosts()).ifValue(keys.agreement(), agreed.json()).delete(keys.agreement()).delete(keys.vni(agreed.vni())));
    }
}
