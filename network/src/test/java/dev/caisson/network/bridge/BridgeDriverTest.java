package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.conformance.NetworkDriverConformance;
import dev.caisson.testkit.leak.LeakChecked;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

@Tag("host")
@RequiresRoot
@LeakChecked
class BridgeDriverTest extends NetworkDriverConformance {
    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Namespaces.current(Namespaces.Kind.NET).close();
    }

    private Fd namespace;

    @BeforeEach
    void makeNamespace() {
        CompletableFuture<Fd> made = new CompletableFuture<>();
        new Thread(() -> {
            Namespaces.unshare(Namespaces.Kind.NET.flag());
            made.complete(Namespaces.current(Namespaces.Kind.NET));
        }).start();
        namespace = made.join();
    }

    @AfterEach
    void closeNamespace() {
        namespace.close();
    }

    @Override
    protected NetworkProvider provider() {
        return new BridgeProvider();
    }

    @Override
    protected boolean creatable() {
        return true;
    }

    @Override
    protected NamespaceRef namespace() {
        return new NamespaceRef(namespace.value());
    }
}
