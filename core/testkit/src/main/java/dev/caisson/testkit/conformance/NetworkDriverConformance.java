package dev.caisson.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.Options;
import dev.caisson.spi.Subject;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.network.NetworkSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every network driver must do. Drivers with networks of the user's own say so by {@link #creatable()}. */
public abstract class NetworkDriverConformance {
    @TempDir
    Path directory;

    private DriverContext context;
    private NetworkDriver driver;

    /** The driver under test. */
    protected abstract NetworkProvider provider();

    /** Whether {@code create} makes networks; else the driver has one, which is always there. */
    protected boolean creatable() {
        return false;
    }

    /** Options without which it makes no network. */
    protected Map<String, String> options() {
        return Map.of();
    }

    /** The namespace to attach; the host's own for drivers that connect nothing. */
    protected NamespaceRef namespace() {
        return NamespaceRef.HOST;
    }

    @BeforeEach
    void open() throws Exception {
        context = new DriverContext("conformance", Files.createDirectories(directory.resolve("root")), Files.createDirectories(directory.resolve("run")),
                Subject.NONE);
        driver = provider().open(context, Options.of(provider().name(), provider().options(), Map.of()));
    }

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void itsProviderIsComplete() {
        ProviderChecks.check(provider(), NetworkProvider.class, context);
        ProviderChecks.uniquePriorities(ServiceLoader.load(NetworkProvider.class).stream().map(ServiceLoader.Provider::get).toList());
        assertEquals(provider().name(), driver.name());
    }

    @Test
    void attachingAndDetachingIsIdempotent() {
        Network network = network("attached");
        Attachment attachment = driver.attach(request(network), namespace());
        assertEquals("c1", attachment.containerId());
        attachment.addresses().forEach(address -> assertTrue(address.matches("[0-9a-f.:]+/\\d+"), "with prefix length: " + address));
        driver.detach(attachment);
        driver.detach(attachment);
        remove(network);
        remove(network);
    }

    @Test
    void aPortIsPublishedOrRefusedButNeverSwallowed() {
        Network network = network("published");
        PortMapping wanted = new PortMapping("", 0, 18080, "tcp");
        AttachRequest request = new AttachRequest("c1", "c1", network, List.of(), List.of(wanted));
        try {
            Attachment attachment = driver.attach(request, namespace());
            assertEquals(1, attachment.ports().size());
            assertEquals(18080, attachment.ports().get(0).containerPort());
            assertTrue(attachment.ports().get(0).hostPort() > 0, "a port was chosen: " + attachment.ports());
            driver.detach(attachment);
        } catch (NetworkProblem refused) {
            assertTrue(refused.getMessage().contains("18080/tcp"), refused.getMessage());
            assertFalse(refused.remedy().isEmpty(), refused.getMessage());
        }
        remove(network);
    }

    @Test
    void itsStandingNetworkIsThatOfWhoNamesNone() {
        Optional<Network> standing = driver.implicit();
        assertEquals(standing, driver.implicit());
        standing.ifPresent(network -> {
            Attachment attachment = driver.attach(request(null), namespace());
            assertEquals(network.id(), attachment.networkId());
            driver.detach(attachment);
        });
    }

    @Test
    void whatIsConnectedAheadIsNobodysUntilItIsAssigned() {
        Network network = network("ahead");
        Optional<Attachment> ahead = driver.attachAhead(network, "a".repeat(64), namespace());
        assertTrue(driver.attachesAhead() || ahead.isEmpty(), "it says that it connects nothing ahead");
        if (ahead.isPresent()) {
            assertTrue(ahead.get().ports().isEmpty(), ahead.get().toString());
            Attachment attachment = driver.assign(ahead.get(), request(network), namespace()).orElseThrow();
            assertEquals("c1", attachment.containerId());
            assertEquals(ahead.get().addresses(), attachment.addresses());
            assertEquals(ahead.get().nameservers(), attachment.nameservers());
            assertTrue(driver.assign(ahead.get(), request(network), namespace()).isEmpty(), "it is given once");
            driver.detach(ahead.get());
            driver.detach(attachment);
            driver.detach(attachment);
            Attachment unused = driver.attachAhead(network, "b".repeat(64), namespace()).orElseThrow();
            remove(network);
            if (network != null) {
                assertTrue(driver.assign(unused, request(network), namespace()).isEmpty(), "it went with the network");
            }
            driver.detach(unused);
        }
        remove(network);
    }

    @Test
    void aNetworkThatCannotBeMadeIsRefusedByName() {
        if (!creatable()) {
            NetworkProblem refused = assertThrows(NetworkProblem.class, () -> driver.create(spec("mine")));
            assertEquals(Stage.NETWORK, refused.stage());
            assertTrue(refused.what().contains("'mine'") && refused.what().contains(driver.name()), refused.getMessage());
            assertFalse(refused.remedy().isEmpty(), refused.getMessage());
        }
    }

    @Test
    void closingTwiceIsClosingOnce() {
        driver.close();
        driver.close();
    }

    private static AttachRequest request(@Nullable Network network) {
        return new AttachRequest("c1", "c1", network, List.of("alias"), List.of());
    }

    private @Nullable Network network(String name) {
        return creatable() ? driver.create(spec(name)) : null;
    }

    private void remove(@Nullable Network network) {
        if (network != null) {
            driver.remove(network);
        }
    }

    private NetworkSpec spec(String name) {
        return new NetworkSpec("c0ffee" + Integer.toHexString(name.hashCode()), name, Options.of(provider().name(), provider().options(), options()), Map.of());
    }
}
