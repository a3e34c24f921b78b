package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Network;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A container has an address that another had, or that was asked for in vain: who remembers that is told, and need not find out. Nobody asks meanwhile, so that nothing but that helps. */
class AddressReuseTest extends NetworkTest {
    private static final String ADDRESS = "10.43.9.50";
    private static final String OWN_MAC = "02:aa:bb:cc:dd:01";

    private Network network() {
        return engine.networks().create("app", n -> n.subnet("10.43.9.0/24").subnet("fd12:3456:789a:9::/64"));
    }

    private ContainerBuilder idle() {
        return busybox("sleep", "600").network("app").stopTimeout(Duration.ZERO);
    }

    private static String neighbour(Container of, String address) {
        return of.exec("/busybox", "ip", "neigh", "show", address).run().stdout();
    }

    private static String routersNeighbour(String address) {
        return inRouter("ip", "neigh", "show", address);
    }

    private static String mac(Container of) {
        return of.exec("/busybox", "cat", "/sys/class/net/eth0/address").run().stdout().strip();
    }

    private static void answers(Container from, String address) {
        assertTrue(from.exec("/busybox", "ping", "-c", "1", "-W", "10", address).run().stdout().contains("1 packets received"), address);
    }

    private void isTold(Container neighbour, String address, String mac) {
        eventually("its neighbour was told: " + neighbour(neighbour, address), PATIENCE, () -> neighbour(neighbour, address).contains(mac));
        eventually("the router was told: " + routersNeighbour(address), PATIENCE, () -> routersNeighbour(address).contains(mac));
        answers(neighbour, address);
        output("busybox", "ping", "-c", "1", "-W", "1", address);
        assertTrue(output("busybox", "ping", "-c", "1", "-W", "10", address).contains("1 packets received"), address);
    }

    @Test
    void withAMacAddressOfItsOwn() {
        try (Network app = network(); Container neighbour = idle().run()) {
            String usual;
            try (Container first = idle().network("app", n -> n.ip(ADDRESS)).run()) {
                answers(neighbour, ADDRESS);
                output("busybox", "ping", "-c", "1", "-W", "10", ADDRESS);
                usual = mac(first);
                assertTrue(neighbour(neighbour, ADDRESS).contains(usual) && routersNeighbour(ADDRESS).contains(usual), "the control");
            }
            try (Container second = idle().network("app", n -> n.ip(ADDRESS).macAddress(OWN_MAC)).run()) {
                assertEquals(OWN_MAC, mac(second));
                isTold(neighbour, ADDRESS, OWN_MAC);
            }
            try (Container third = idle().network("app", n -> n.ip(ADDRESS)).run()) {
                isTold(neighbour, ADDRESS, mac(third));
            }
        }
    }

    /** Whose IPv4 address, and so whose MAC, is another. */
    @Test
    void ofIpv6() {
        String six = "fd12:3456:789a:9::77";
        try (Network app = network(); Container neighbour = idle().run()) {
            String before;
            try (Container first = idle().network("app", n -> n.ip6(six)).run()) {
                answers(neighbour, six);
                output("busybox", "ping", "-c", "1", "-W", "10", six);
                before = mac(first);
                assertTrue(neighbour(neighbour, six).contains(before) && routersNeighbour(six).contains(before), "the control");
            }
            try (Container second = idle().network("app", n -> n.ip(ADDRESS).ip6(six)).run()) {
                assertTrue(!mac(second).equals(before), before);
                isTold(neighbour, six, mac(second));
            }
        }
    }

    /** A kernel that has many neighbours forgets at once what is of no use. */
    private static boolean givenUp(String neighbour) {
        return neighbour.contains("FAILED") || neighbour.isBlank();
    }

    @Test
    void askedForInVain() {
        try (Network app = network(); Container neighbour = idle().run()) {
            assertTrue(neighbour.exec("/busybox", "ping", "-c", "1", "-W", "1", ADDRESS).run().stdout().contains("0 packets received"));
            output("busybox", "ping", "-c", "1", "-W", "1", ADDRESS);
            eventually("both have given up", PATIENCE, () -> givenUp(neighbour(neighbour, ADDRESS)) && givenUp(routersNeighbour(ADDRESS)));
            try (Container late = idle().network("app", n -> n.ip(ADDRESS)).run()) {
                isTold(neighbour, ADDRESS, mac(late));
            }
        }
    }
}
