package dev.caisson.network.bridge;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.NetworkProblem;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkSpec;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container is known while it is on a network, and no longer, however it comes and goes. */
@Tag("host")
@RequiresRoot
@LeakChecked
class ConnectorTest {
    private static final int TIMES = 60;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Namespaces.current(Namespaces.Kind.NET).close();
    }

    private final BridgeDriver driver = new BridgeDriver("connector");
    private final Fd namespace = namespace();

    private static Fd namespace() {
        CompletableFuture<Fd> made = new CompletableFuture<>();
        new Thread(() -> {
            Namespaces.unshare(Namespaces.Kind.NET.flag());
            made.complete(Namespaces.current(Namespaces.Kind.NET));
        }).start();
        return made.join();
    }

    @AfterEach
    void close() {
        driver.close();
        namespace.close();
    }

    private Network network(String id, String subnet) {
        return driver.create(new NetworkSpec(id, id, Options.of("network driver bridge", Plan.SCHEMA, Map.of("subnet", subnet)), Map.of()));
    }

    private Attachment attach(Network network, String address) {
        return driver.attach(new AttachRequest("box", "box", network, List.of(), List.of(), address, List.of(), List.of()), new NamespaceRef(namespace.value()));
    }

    @Test
    void whatWasRefusedIsNotKnown() {
        Network one = network("aaaaaa", "10.43.8.0/28");
        assertThrows(NetworkProblem.class, () -> attach(one, "10.99.0.1"));
        Attachment never = new Attachment("box", one.id(), List.of("10.99.0.1/28"), List.of(), "", List.of());
        assertThrows(NetworkProblem.class, () -> driver.hold(never), "it is on no network");
    }

    /** Who leaves its last network while it comes to another is on that. */
    @Test
    void itComesToOneWhileItLeavesAnother() {
        List<Network> both = List.of(network("bbbbbb", "10.43.9.0/28"), network("cccccc", "10.43.10.0/28"));
        List<CompletableFuture<Void>> all = both.stream().map(network -> CompletableFuture.runAsync(() -> {
            for (int i = 0; i < TIMES; i++) {
                driver.detach(attach(network, ""));
            }
        }, task -> new Thread(task).start())).toList();
        all.forEach(CompletableFuture::join);
        both.forEach(network -> assertDoesNotThrow(() -> driver.remove(network), "nobody is on it"));
    }
}
