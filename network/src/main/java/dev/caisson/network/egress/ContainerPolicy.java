package dev.caisson.network.egress;

import dev.caisson.Egress;
import dev.caisson.network.dns.Answers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One container under a policy: its addresses, which names were answered to it, and what is open because of that. Thread-safe. */
public final class ContainerPolicy {
    private static final int NAMES = 256;
    private static final int OPENINGS = 1024;
    private static final long LEAST_SECONDS = 10;
    private static final long MOST_SECONDS = 3600;

    private final int number;
    private final Policy policy;
    private final Attempts attempts;
    private final EgressControl control;
    private final Set<Net> addresses = ConcurrentHashMap.newKeySet();
    private final Map<String, Known> names = new LinkedHashMap<>();
    private final Map<Opened, Long> opened = new HashMap<>();
    private boolean over;

    private record Known(List<byte[]> addresses, long until) {}

    /** In a set of the firewall. */
    private record Opened(Net address, int protocol, int port) {}

    ContainerPolicy(int number, Policy policy, Attempts attempts, EgressControl control) {
        this.number = number;
        this.policy = policy;
        this.attempts = attempts;
        this.control = control;
    }

    int number() {
        return number;
    }

    Policy policy() {
        return policy;
    }

    Attempts attempts() {
        return attempts;
    }

    /** Its own. */
    Set<Net> addresses() {
        return addresses;
    }

    /** The IPv4 address on whose behalf its names are looked up; 0 if it has none any more. */
    int asker() {
        return addresses.stream().filter(n -> n.has(4)).findFirst().map(n -> ByteBuffer.wrap(n.address()).getInt()).orElse(0);
    }

    /** The response code to a question about a name outside; empty if it may be asked on. @param name "" for one that is none */
    public OptionalInt refuses(String name, int type) {
        OptionalInt refused = policy.refuses(name, type);
        if (refused.isPresent() && refused.getAsInt() != 0) {
            attempts.tell("dns", Greeting.name(name), "", 0, "no rule is about this name, so it is not asked for");
        }
        return refused;
    }

    /** A name outside was answered: what its rules say is opened before the container knows where. */
    public synchronized void answered(String name, byte[] reply) {
        Answers answers = Answers.parse(reply);
        if (answers.addresses().isEmpty() || over) {
            return;
        }
        long until = System.nanoTime() + Math.max(LEAST_SECONDS, Math.min(MOST_SECONDS, answers.seconds())) * 1_000_000_000L;
        learn(name, answers.addresses(), until);
    }

    /** What was answered to it under another policy is known under this one, and open as far as this one says. Nothing was sent under it yet. */
    void inherit(ContainerPolicy before) {
        Map<String, Known> known;
        synchronized (before) {
            known = new LinkedHashMap<>(before.names);
        }
        synchronized (this) {
            known.forEach((key, each) -> learn(key.substring(0, key.lastIndexOf('/')), each.addresses, each.until));
        }
    }

    private void learn(String name, List<byte[]> found, long until) {
        names.remove(key(name, found.get(0).length));
        names.put(key(name, found.get(0).length), new Known(found, until));
        if (names.size() > NAMES) {
            names.remove(names.keySet().iterator().next());
        }
        for (Egress.Rule rule : policy.openings(name)) {
            for (byte[] address : found) {
                for (int port = rule.firstPort(); port <= rule.lastPort() && opened.size() < OPENINGS; port++) {
                    open(name, address, rule.protocol().equals(Egress.UDP) ? Policy.UDP : Policy.TCP, port, until);
                }
            }
        }
    }

    private static String key(String name, int bytes) {
        return name + "/" + bytes;
    }

    private void open(String name, byte[] address, int protocol, int port, long until) {
        Optional<String> barred = control.barred(policy, address, port, protocol);
        if (barred.isPresent()) {
            attempts.tell(protocol == Policy.UDP ? "udp" : "tcp", name, Net.text(address), port, barred.get());
            return;
        }
        Opened key = new Opened(Net.host(address), protocol, port);
        Long before = opened.get(key);
        if (before == null) {
            control.open(number, address, protocol, port);
        }
        opened.put(key, before == null ? until : Math.max(before, until));
    }

    /** What is not valid any more is shut; connections that are under way go on. */
    synchronized void expire(long now) {
        names.values().removeIf(k -> now - k.until >= 0);
        for (Map.Entry<Opened, Long> each : new ArrayList<>(opened.entrySet())) {
            if (now - each.getValue() >= 0 && !over) {
                control.shut(number, each.getKey().address.address(), each.getKey().protocol, each.getKey().port);
                opened.remove(each.getKey());
            }
        }
    }

    /** Where a name was said to be not long ago. */
    synchronized List<byte[]> known(String name, int bytes) {
        Known known = names.get(key(name, bytes));
        return known == null || System.nanoTime() - known.until >= 0 ? List.of() : known.addresses;
    }

    /** Whether it has no address any more. */
    public synchronized boolean over() {
        return over;
    }

    synchronized void end() {
        over = true;
    }
}
