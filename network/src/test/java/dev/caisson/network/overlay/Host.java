package dev.caisson.network.overlay;

import dev.caisson.spi.DriverContext;
import dev.caisson.spi.Options;
import dev.caisson.spi.Subject;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkSpec;
import dev.caisson.testkit.hosts.NetworkSpace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A host of a test: a network namespace with a driver of its own, and containers that are network namespaces. */
final class Host implements AutoCloseable {
    final NetworkSpace space;
    final NetworkDriver driver;
    private final String id;
    private final List<Inhabitant> inhabitants = new ArrayList<>();

    /** A container. */
    record Inhabitant(Host host, NetworkSpace space, Attachment attachment) {
        String address() {
            return attachment.addresses().get(0).replaceFirst("/.*", "");
        }

        boolean pings(String address) {
            return space.output("busybox", "ping", "-c", "1", "-W", "1", address).contains(" 0% packet loss");
        }

        /** The same, several times if need be: a busy machine may lose the first. */
        boolean reaches(String address) {
            return IntStream.range(0, 5).anyMatch(i -> pings(address));
        }

        /** Its IPv6 address. */
        String address6() {
            return attachment.addresses().get(1).replaceFirst("/.*", "");
        }

        /** The addresses of a name, as the engine's resolver says it. */
        List<String> resolves(String name) {
            return resolves(name, "a");
        }

        /** @param type {@code a} or {@code aaaa} */
        List<String> resolves(String name, String type) {
            String text = space.output("busybox", "nslookup", "-type=" + type, name, attachment.nameservers().get(0));
            return text.lines().dropWhile(l -> !l.isBlank()).filter(l -> l.startsWith("Address")).map(l -> l.replaceFirst("^Address[^:]*: *", "")).sorted().toList();
        }

        void leave() {
            host.space.in(() -> {
                host.driver.detach(attachment);
                return null;
            });
        }
    }

    Host(String id, NetworkSpace space, Path directory) {
        this.id = id;
        this.space = space;
        this.driver = space.in(() -> new OverlayProvider().open(new DriverContext(id, directory, directory, Subject.NONE),
                Options.of("network driver overlay", OverlayPlan.SCHEMA, Map.of())));
    }

    /** Makes a network. @param options names and values */
    Network network(String name, String... options) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            all.put(options[i], options[i + 1]);
        }
        return space.in(() -> driver.create(new NetworkSpec(id + "-" + name + "-" + System.nanoTime(), name, Options.of("network driver overlay", OverlayPlan.SCHEMA, all), Map.of())));
    }

    void remove(Network network) {
        space.in(() -> {
            driver.remove(network);
            return null;
        });
    }

    List<String> problems(Network network) {
        return driver.problems(network);
    }

    /** Connects a new container. @param names its first is also its id; @param address "" for any */
    Inhabitant container(Network network, String address, String... names) {
        NetworkSpace inside = NetworkSpace.make();
        try {
            Attachment attachment = space.in(() -> driver.attach(new AttachRequest(names[0], names[0], network, Arrays.asList(names), List.of(), address, List.of(), List.of()),
                    new NamespaceRef(inside.namespace().value())));
            Inhabitant made = new Inhabitant(this, inside, attachment);
            inhabitants.add(made);
            return made;
        } catch (RuntimeException | Error e) {
            inside.close();
            throw e;
        }
    }

    @Override
    public void close() {
        space.in(() -> {
            driver.close();
            return null;
        });
        inhabitants.forEach(i -> i.space.close());
    }
}
