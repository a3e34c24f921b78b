package dev.caisson.network.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.NetworkDriver.NamespaceKind;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.testkit.conformance.NetworkDriverConformance;
import org.junit.jupiter.api.Test;

class HostDriverTest extends NetworkDriverConformance {
    @Override
    protected NetworkProvider provider() {
        return new HostProvider();
    }

    @Test
    void itsNamespaceIsTheHosts() {
        assertEquals(NamespaceKind.HOST, new HostDriver().namespace());
    }

    @Test
    void aPortIsItselfOrRefused() {
        assertEquals(8080, publish("", 8080).hostPort());
        assertTrue(assertThrows(NetworkProblem.class, () -> publish("", 80)).remedy().contains("8080"));
        // What was to stay on loopback must not become open to all.
        assertTrue(assertThrows(NetworkProblem.class, () -> publish("127.0.0.1", 0)).remedy().contains("127.0.0.1"));
    }

    private static PortMapping publish(String address, int hostPort) {
        return new HostDriver().publish("c1", new PortMapping(address, hostPort, 8080, "tcp"));
    }
}
