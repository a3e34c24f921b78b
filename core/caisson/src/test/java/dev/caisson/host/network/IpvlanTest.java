package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.UnsupportedOnThisHost;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers that share an interface of the host's and its MAC address. Where the kernel has no ipvlan, that is what is said. */
class IpvlanTest extends NetworkTest {
    private Wire wire;

    @BeforeEach
    void wire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void unplug() {
        wire.close();
    }

    private static boolean known() {
        boolean made = output("sh", "-c", "ip link add ipltest link wire0 type ipvlan mode l2 2>&1; ip link del ipltest 2>/dev/null && echo made").contains("made");
        assertTrue(made || !output("uname", "-v").contains("Debian"), "the stock kernel has it");
        return made;
    }

    private Network lan(String mode) {
        return engine.networks().create(mode, n -> n.driver("ipvlan").option("parent", "wire0").option("ipvlan_mode", mode).subnet("198.51.100.0/24").ipRange("198.51.100.64/27"));
    }

    private ContainerBuilder served() {
        return web().stopTimeout(Duration.ZERO);
    }

    private static String mac(Container of) {
        return of.exec("/busybox", "cat", "/sys/class/net/ipl0/address").run().stdout().strip();
    }

    @Test
    void inLayerTwoAndThree() {
        if (!known()) {
            UnsupportedOnThisHost missing = assertThrows(UnsupportedOnThisHost.class, () -> lan("l2"));
            assertTrue(missing.getMessage().contains("this kernel has no ipvlan") && missing.remedy().contains("modprobe ipvlan"), missing.getMessage());
            return;
        }
        for (String mode : new String[] {"l2", "l3", "l3s"}) {
            try (Network lan = lan(mode); Container web = served().network(mode).run(); Container other = busybox("sleep", "600").network(mode).stopTimeout(Duration.ZERO).run()) {
                wire.there("ip", "neigh", "replace", web.ipAddress(), "lladdr", mac(web), "dev", "wire1"); // nobody answers ARP in layer 3
                eventually("the neighbour reaches it in " + mode, PATIENCE, () -> body(wire.there(client(web.ipAddress()))).equals(name(web)));
                assertEquals(name(web), get(other, web.ipAddress()), "containers reach each other in " + mode);
                assertEquals(mac(web), mac(other), "with the parent's MAC address");
                String routes = web.exec("/busybox", "ip", "route").run().stdout();
                assertEquals(mode.equals("l2"), routes.contains("default via 198.51.100.1"), routes);
                assertTrue(routes.contains("default"), routes);
                assertEquals(mode.equals("l2") ? "198.51.100.1" : "", lan.gateway());
            }
        }
    }

    @Test
    void refusedByName() {
        if (known()) {
            assertThrows(InvalidSpec.class, () -> lan("l4"));
            assertThrows(InvalidSpec.class, () -> engine.networks().create("a", n -> n.driver("ipvlan").option("parent", "wire0").option("ipvlan_mode", "l3").subnet("10.40.0.0/24").gateway("10.40.0.1")));
            assertThrows(InvalidSpec.class, () -> engine.networks().create("a", n -> n.driver("ipvlan").option("parent", "wire0").option("ipvlan_flag", "loud").subnet("10.40.0.0/24")));
        }
    }
}
