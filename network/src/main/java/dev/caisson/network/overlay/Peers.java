package dev.caisson.network.overlay;

import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The containers of other hosts, and their names. What is in it, the kernel knows; what the kernel refused is tried again when it is told anew. Thread-safe. */
final class Peers {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int MAX = 16_384;

    private final String network;
    private final int local;
    private final int port;
    private final Far far;
    private final Map<Integer, Member> members = new TreeMap<>(Integer::compareUnsigned);
    private final Map<String, List<Integer>> names = new HashMap<>();
    private final Map<Integer, String> refused = new TreeMap<>(Integer::compareUnsigned);

    /** @param local this host's address; @param port this engine's of UDP there: no other can have both */
    Peers(String network, int local, int port, Far far) {
        this.network = network;
        this.local = local;
        this.port = port;
        this.far = far;
    }

    /** A member is there, or is otherwise than it was. */
    synchronized void put(Member member) {
        Member before = members.get(member.address());
        if (member.equals(before)) {
            return;
        }
        forget(member.address());
        if (member.host() == local && member.port() == port) {
            refuse(member.address(), "it is said to be in this engine, and is not");
        } else if (members.size() >= MAX) {
            refuse(member.address(), "there are " + MAX + " already");
        } else {
            try {
                far.add(member);
                refused.remove(member.address());
                members.put(member.address(), member);
                member.names().forEach(n -> names.computeIfAbsent(n.toLowerCase(Locale.ROOT), k -> new ArrayList<>()).add(member.address()));
            } catch (RuntimeException e) {
                refuse(member.address(), String.valueOf(e.getMessage()));
            }
        }
    }

    /** What is said of an address cannot be followed. */
    synchronized void refuse(int address, String why) {
        forget(address);
        if ((refused.size() < MAX || refused.containsKey(address)) && !why.equals(refused.put(address, why))) {
            LOG.warn("overlay network '{}': {} is out of reach: {}", network, Prefix.text(address), why);
        }
    }

    /** Nobody has the address any more. */
    synchronized void drop(int address) {
        refused.remove(address);
        forget(address);
    }

    private void forget(int address) {
        Member before = members.remove(address);
        if (before != null) {
            before.names().forEach(n -> names.computeIfPresent(n.toLowerCase(Locale.ROOT), (k, all) -> {
                all.remove((Integer) address);
                return all.isEmpty() ? null : all;
            }));
            try {
                far.remove(before);
            } catch (RuntimeException e) {
                LOG.warn("overlay network '{}': {} could not be forgotten: {}", network, Prefix.text(address), e.toString());
            }
        }
    }

    /** These are all there are. @param invalid what is said of other addresses */
    synchronized void replace(Collection<Member> now, Map<Integer, String> invalid) {
        Set<Integer> gone = new HashSet<>(members.keySet());
        gone.addAll(refused.keySet());
        now.forEach(m -> gone.remove(m.address()));
        gone.removeAll(invalid.keySet());
        gone.forEach(this::drop);
        now.forEach(this::put);
        invalid.forEach(this::refuse);
    }

    /** The kernel has forgotten parts of what it was told: it is told again. */
    synchronized void again() {
        for (Member each : List.copyOf(members.values())) {
            drop(each.address());
            put(each);
        }
    }

    synchronized boolean has(int address) {
        return members.containsKey(address) || refused.containsKey(address);
    }

    synchronized Optional<Member> at(int address) {
        return Optional.ofNullable(members.get(address));
    }

    /** Addresses of a name in lower case. */
    synchronized List<Integer> named(String name) {
        return List.copyOf(names.getOrDefault(name, List.of()));
    }

    /** What could not be followed, in words. */
    synchronized List<String> problems() {
        List<String> all = new ArrayList<>();
        refused.forEach((address, why) -> all.add(Prefix.text(address) + " is out of reach: " + why));
        return all;
    }
}
