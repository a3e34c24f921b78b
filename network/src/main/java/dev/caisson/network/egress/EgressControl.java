package dev.caisson.network.egress;

import dev.caisson.Egress;
import dev.caisson.EgressAttempt;
import dev.caisson.linux.Fd;
import dev.caisson.network.netlink.Conversation;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The policies of one router: begun before a container is connected, ended after. Made with the first of them. Thread-safe. */
public final class EgressControl implements AutoCloseable {
    private final Conversation firewall;
    private final Predicate<byte[]> ours;
    private final Proxy proxy;
    private final Map<Family, Table> tables = new ConcurrentHashMap<>();
    private final Map<String, ContainerPolicy> byContainer = new HashMap<>();
    private final Map<Net, ContainerPolicy> byAddress = new ConcurrentHashMap<>();
    private int numbers;

    /** Asks for an address of a name on behalf of a container. */
    public interface Lookup {
        /** @param container its IPv4 address; @param type of DNS; @param answer is given the message, by any thread */
        void ask(int container, String name, int type, Consumer<byte[]> answer);
    }

    /**
     * @param name of its thread
     * @param router the network namespace in which the proxy listens and connects
     * @param firewall of that namespace
     * @param ours whether an address is one of the engine's own networks, where no name may lead
     */
    public EgressControl(String name, Fd router, Conversation firewall, Lookup lookup, Predicate<byte[]> ours) {
        this.firewall = firewall;
        this.ours = ours;
        this.proxy = new Proxy(name, router, this, lookup);
    }

    /**
     * A container's addresses are held to a policy: those it has had, and these. If nothing was sent from them yet, nothing ever is but what it allows.
     *
     * @param addresses of 4 and of 16 bytes
     * @param host the IPv4 address at which containers reach the host
     */
    public synchronized ContainerPolicy hold(String container, Egress egress, Consumer<EgressAttempt> attempts, List<byte[]> addresses, byte[] host) {
        ContainerPolicy known = byContainer.get(container);
        if (known != null && !known.policy().of(egress)) {
            known = replace(container, known, new ContainerPolicy(++numbers, new Policy(egress, host), known.attempts(), this));
        }
        if (known == null) {
            known = new ContainerPolicy(++numbers, new Policy(egress, host), new Attempts(container, attempts, System::nanoTime), this);
            byContainer.put(container, known);
            try {
                add(known);
            } catch (RuntimeException e) {
                end(container, List.of());
                throw e;
            }
        }
        try {
            for (byte[] address : addresses) {
                Net own = Net.host(address);
                if (known.addresses().add(own)) {
                    byAddress.put(own, known);
                    table(address).bind(known.number(), address);
                }
            }
        } catch (RuntimeException e) {
            try {
                end(container, addresses);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        return known;
    }

    /** What the proxy carries ends; what the firewall let through goes on if it is allowed still. If it cannot be, all is as it was. */
    private ContainerPolicy replace(String container, ContainerPolicy before, ContainerPolicy next) {
        try {
            add(next);
            next.inherit(before);
            move(before, next);
        } catch (RuntimeException e) {
            try {
                move(next, before);
                before.addresses().forEach(a -> byAddress.put(a, before));
                next.end();
                tables.values().forEach(t -> gone(() -> t.remove(next.number())));
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        byContainer.put(container, next);
        before.end();
        tables.values().forEach(t -> gone(() -> t.remove(before.number())));
        next.addresses().forEach(a -> proxy.end(a.address()));
        return next;
    }

    private void move(ContainerPolicy from, ContainerPolicy to) {
        for (Net address : List.copyOf(from.addresses())) {
            byAddress.put(address, to); // first: the proxy is asked by whom
            table(address.address()).rebind(from.number(), to.number(), address.address());
            from.addresses().remove(address);
            to.addresses().add(address);
        }
    }

    private void add(ContainerPolicy policy) {
        for (Family family : Family.values()) {
            if (family == Family.V6 && !proxy.six()) {
                continue;
            }
            Map<Integer, Integer> listeners = new LinkedHashMap<>();
            policy.policy().ports().forEach(p -> listeners.put(p, proxy.listener(p, family == Family.V6)));
            table(family).add(policy.number(), policy.policy(), listeners);
        }
    }

    private Table table(Family family) {
        return tables.computeIfAbsent(family, f -> {
            Table made = new Table(firewall, f, proxy.shown());
            made.make();
            return made;
        });
    }

    private Table table(byte[] address) {
        return table(address.length == 4 ? Family.V4 : Family.V6);
    }

    /** Addresses are a container's no longer. What is not there any more is no error. */
    public synchronized void end(String container, List<byte[]> addresses) {
        ContainerPolicy known = byContainer.get(container);
        if (known == null) {
            return;
        }
        proxy.catchUp(); // while it is known whose the addresses are
        for (byte[] address : addresses) {
            Net own = Net.host(address);
            if (known.addresses().remove(own)) {
                byAddress.remove(own, known);
                proxy.end(address);
                gone(() -> table(address).release(known.number(), address));
            }
        }
        if (known.addresses().isEmpty()) {
            known.end();
            byContainer.remove(container);
            tables.values().forEach(t -> gone(() -> t.remove(known.number())));
        }
    }

    private static void gone(Runnable removal) {
        try {
            removal.run();
        } catch (dev.caisson.network.netlink.NetlinkRefusal e) {
            if (e.errno() != 2) { // ENOENT
                throw e;
            }
        }
    }

    /** Whose an address is. */
    Optional<ContainerPolicy> of(byte[] address) {
        return Optional.ofNullable(byAddress.get(Net.host(address)));
    }

    /** All that are in force. */
    List<ContainerPolicy> all() {
        return byAddress.values().stream().distinct().toList();
    }

    /** Why a name may not lead somewhere. */
    Optional<String> barred(Policy policy, byte[] address, int port, int protocol) {
        return ours.test(address) ? Optional.of("it leads to " + Net.text(address) + ", which belongs to a network of this engine") : policy.barred(address, port, protocol);
    }

    void open(int number, byte[] address, int protocol, int port) {
        table(address).open(number, address, protocol, port);
    }

    void shut(int number, byte[] address, int protocol, int port) {
        table(address).shut(number, address, protocol, port);
    }

    @Override
    public void close() {
        proxy.close();
    }
}
