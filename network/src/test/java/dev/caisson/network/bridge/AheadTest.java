package dev.caisson.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is connected ahead is in nobody's way: neither its addresses nor its being on a network are a reason to refuse anything. */
@Tag("host")
@RequiresRoot
@LeakChecked
class AheadTest {
    private static final int USABLE = 29;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Namespaces.current(Namespaces.Kind.NET).close();
    }

    private final List<Fd> namespaces = new ArrayList<>();
    private final BridgeDriver driver = new BridgeDriver("ahead");
    private final Network network = create(Map.of("subnet", "10.43.7.0/27"));

    private Network create(Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        return driver.create(new NetworkSpec("c0ffee", "app", Options.of("network driver bridge", Plan.SCHEMA, all), Map.of()));
    }

    @AfterEach
    void close() {
        driver.close();
        namespaces.forEach(Fd::close);
    }

    private NamespaceRef namespace() {
        CompletableFuture<Fd> made = new CompletableFuture<>();
        new Thread(() -> {
            Namespaces.unshare(Namespaces.Kind.NET.flag());
            made.complete(Namespaces.current(Namespaces.Kind.NET));
        }).start();
        namespaces.add(made.join());
        return new NamespaceRef(made.join().value());
    }

    private Optional<Attachment> ahead(int number) {
        return driver.attachAhead(network, String.format("%064x", number), namespace());
    }

    private static String address(Attachment attachment) {
        return attachment.addresses().get(0).replaceFirst("/.*", "");
    }

    private AttachRequest request(String container, String address) {
        return new AttachRequest(container, container, network, List.of(), List.of(), address, List.of(), List.of());
    }

    @Test
    void aSubnetIsFullWhenContainersHaveAllOfIt() {
        Attachment kept = ahead(1).orElseThrow();
        ahead(2).orElseThrow();
        Attachment first = driver.assign(kept, request("first", ""), namespace()).orElseThrow();
        assertEquals(kept.addresses(), first.addresses());
        Set<String> given = new HashSet<>(Set.of(address(first)));
        for (int i = 1; i < USABLE; i++) {
            Attachment next = driver.attach(request("c" + i, ""), namespace());
            assertTrue(given.add(address(next)), address(next));
        }
        NetworkProblem full = assertThrows(NetworkProblem.class, () -> driver.attach(request("late", ""), namespace()));
        assertTrue(full.getMessage().contains("container first") && !full.getMessage().contains("0000"), full.getMessage());
        assertTrue(ahead(3).isEmpty(), "nothing can be spared");
    }

    @Test
    void anAddressThatIsAskedForIsNotHeldByNobody() {
        Attachment ahead = ahead(1).orElseThrow();
        Attachment asked = driver.attach(request("asked", address(ahead)), namespace());
        assertEquals(ahead.addresses(), asked.addresses());
        assertTrue(driver.assign(ahead, request("late", ""), namespace()).isEmpty(), "it was taken back");
        driver.detach(ahead);
        NetworkProblem taken = assertThrows(NetworkProblem.class, () -> driver.attach(request("other", address(asked)), namespace()));
        assertTrue(taken.getMessage().contains("container asked has it"), taken.getMessage());
    }

    @Test
    void aNetworkIsRemovedWithIt() {
        Attachment ahead = ahead(1).orElseThrow();
        Attachment somebodys = driver.assign(ahead(2).orElseThrow(), request("some", ""), namespace()).orElseThrow();
        assertThrows(NetworkProblem.class, () -> driver.remove(network), "somebody is on it");
        driver.detach(somebodys);
        driver.remove(network);
        assertTrue(driver.assign(ahead, request("late", ""), namespace()).isEmpty());
        assertThrows(NetworkProblem.class, () -> ahead(3));
    }

    /** What the kernel keeps no room for is not taken ahead: of a small subnet nothing is. */
    @Test
    void aSmallSubnetIsLeftAlone() {
        driver.remove(network);
        Network small = create(Map.of("subnet", "10.43.7.0/29"));
        assertFalse(driver.attachAhead(small, "a".repeat(64), namespace()).isPresent());
    }
}
