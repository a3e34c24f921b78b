package dev.caisson.network.bridge;

import dev.caisson.network.dns.Question;
import dev.caisson.network.egress.ContainerPolicy;
import dev.caisson.network.resolver.Asker;
import dev.caisson.network.rtnetlink.Prefix6;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Who asks, and what each container may know: the names of all networks it is on. The bridge's rules see to it that an address is its container's. Thread-safe. */
final class Names {
    private record Entry(Endpoint endpoint, Stack stack) {}

    private final Function<String, Optional<ContainerPolicy>> policies;
    private final Map<Integer, Entry> byAddress = new ConcurrentHashMap<>();
    private final int host;

    /** @param host the host's address as containers see it; @param policies of containers, as far as they have one */
    Names(int host, Function<String, Optional<ContainerPolicy>> policies) {
        this.host = host;
        this.policies = policies;
    }

    void add(Endpoint endpoint, Stack stack) {
        byAddress.put(endpoint.address(), new Entry(endpoint, stack));
    }

    void remove(Endpoint endpoint) {
        byAddress.computeIfPresent(endpoint.address(), (a, e) -> e.endpoint == endpoint ? null : e);
    }

    Optional<Asker> asker(int address) {
        return Optional.ofNullable(byAddress.get(address)).map(e -> new Member(e.endpoint, e.stack.endpoints(), host, policies.apply(e.endpoint.container())));
    }

    private record Member(Endpoint endpoint, List<Endpoint> all, int hostAddress, Optional<ContainerPolicy> policy) implements Asker {
        @Override
        public String id() {
            return endpoint.container();
        }

        @Override
        public List<Integer> lookup(String name) {
            return all.stream().flatMap(e -> e.network().lookup(name).stream()).distinct().toList();
        }

        @Override
        public boolean near(int address) {
            return all.stream().anyMatch(e -> e.network().subnet().contains(address));
        }

        @Override
        public Optional<String> reverse(int address) {
            return all.stream().flatMap(e -> e.network().reverse(address).stream()).findFirst();
        }

        @Override
        public List<byte[]> lookup6(String name) {
            return all.stream().flatMap(e -> e.network().lookup6(name).stream()).toList();
        }

        @Override
        public boolean near6(byte[] address) {
            return all.stream().anyMatch(e -> e.network().six().filter(s -> s.subnet().contains(Prefix6.of(address, 128))).isPresent());
        }

        @Override
        public Optional<String> reverse6(byte[] address) {
            return all.stream().flatMap(e -> e.network().reverse6(Prefix6.of(address, 128)).stream()).findFirst();
        }

        @Override
        public Optional<Integer> host() {
            return all.stream().allMatch(e -> e.network().internal()) ? Optional.empty() : Optional.of(hostAddress);
        }

        @Override
        public OptionalInt refuses(Question question) {
            return policy.isEmpty() ? OptionalInt.empty() : policy.get().refuses(question.name(), question.type());
        }

        @Override
        public void answered(Question question, byte[] reply) {
            policy.ifPresent(p -> p.answered(question.name(), reply));
        }

        @Override
        public List<String> nameservers() {
            return endpoint.nameservers();
        }
    }
}
