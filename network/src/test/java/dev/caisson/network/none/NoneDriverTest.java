package dev.caisson.network.none;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.spi.network.NetworkDriver.NamespaceKind;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.testkit.conformance.NetworkDriverConformance;
import org.junit.jupiter.api.Test;

class NoneDriverTest extends NetworkDriverConformance {
    @Override
    protected NetworkProvider provider() {
        return new NoneProvider();
    }

    @Test
    void itsNamespaceIsItsOwn() {
        assertEquals(NamespaceKind.PRIVATE, new NoneDriver().namespace());
    }
}
