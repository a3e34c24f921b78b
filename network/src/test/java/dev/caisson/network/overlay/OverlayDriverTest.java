package dev.caisson.network.overlay;

import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.conformance.NetworkDriverConformance;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.leak.LeakChecked;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** With static peers. */
@Tag("host")
@RequiresRoot
@LeakChecked
class OverlayDriverTest extends NetworkDriverConformance {
    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        NetworkSpace.make().close();
    }

    private NetworkSpace container;

    @BeforeEach
    void makeNamespace() {
        container = NetworkSpace.make();
    }

    @AfterEach
    void closeNamespace() {
        container.close();
    }

    @Override
    protected NetworkProvider provider() {
        return new OverlayProvider();
    }

    @Override
    protected boolean creatable() {
        return true;
    }

    @Override
    protected Map<String, String> options() {
        return Map.of("subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "4242", "peers", "192.168.77.12=10.50.0.64/30", "data-path-addr", "127.0.0.1");
    }

    @Override
    protected NamespaceRef namespace() {
        return new NamespaceRef(container.namespace().value());
    }
}
