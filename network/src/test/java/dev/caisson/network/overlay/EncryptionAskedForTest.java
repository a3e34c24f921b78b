package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.RealEtcd;
import dev.caisson.testkit.hosts.Wire;
import dev.caisson.testkit.registry.Pki;
import org.junit.jupiter.api.Test;

/** Who asks for encryption has it or is told why not; never a plain network. Row 109. */
class EncryptionAskedForTest extends EncryptionTest {
    @Test
    void aKernelWithoutWireGuardRefuses() {
        assumeFalse(wireGuard(), "this kernel has WireGuard");
        assertFalse(one.space.output("uname", "-v").contains("Debian"), "the stock kernel has it");
        UnsupportedOnThisHost missing = assertThrows(UnsupportedOnThisHost.class, () -> one.network("mesh", local(one, with("encrypted", "true"))));
        assertTrue(missing.getMessage().contains("this kernel has no WireGuard") && missing.remedy().contains("modprobe wireguard"), missing.getMessage());
        assertFalse(etcd.call("kv/range", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}").contains("\"kvs\""), "nobody was told of it");
    }

    @Test
    void staticPeersHaveNoKeys() {
        assertTrue(assertThrows(InvalidSpec.class, () -> one.network("mesh", "subnet", "10.50.0.0/24", "ip-range", "10.50.0.0/26", OverlayPlan.VNI, "77", "peers",
                Wire.address(2) + "=10.50.0.64/26", "encrypted", "true")).getMessage().contains("static peers"));
    }

    @Test
    void keysDoNotComeOverAWayThatSomebodyMayChange() {
        needsWireGuard();
        NetworkProblem open = assertThrows(NetworkProblem.class, () -> one.network("mesh", "etcd", ETCD, "encrypted", "true"));
        assertTrue(open.getMessage().contains("http://192.168.77.1:2379") && open.remedy().contains("https://"), open.getMessage());
    }

    @Test
    void theyComeOverTls() {
        needsWireGuard();
        etcd.close();
        Pki pki = new Pki(directory.resolve("pki"));
        Pki.Identity server = pki.issue("etcd", "IP:192.168.77.1,IP:127.0.0.1", "-days 2");
        String authority = pki.directory().resolve("ca.crt").toString();
        etcd = new RealEtcd(wire.middle(), directory.resolve("secure"), "https", "--cert-file", server.certificate().toString(), "--key-file", server.key().toString());
        network(one, "mesh", "etcd", "https://192.168.77.1:2379", "etcd-ca", authority, "encrypted", "true");
        eventually("its key is there", () -> etcd.call("kv/range", key("mesh/host/" + Wire.address(1)) + "}", "--cacert", authority).contains("\"kvs\""));
    }

    @Test
    void aNetworkThatIsPlainIsNotJoinedByWhoWantsItEncrypted() {
        needsWireGuard();
        network(one, "open", with());
        assertTrue(assertThrows(NetworkProblem.class, () -> network(two, "open", with("encrypted", "true"))).getMessage().contains("do not encrypt"));
    }

    /** As the others have it, without being asked. */
    @Test
    void aNetworkThatIsEncryptedIsSoForWhoDoesNotSay() {
        needsWireGuard();
        network(one, "mesh", with("encrypted", "true"));
        network(two, "mesh", with());
        eventually("the second has a key there, too", () -> etcd.call("kv/range", key("mesh/host/" + Wire.address(2)) + "}").contains("\"kvs\""));
    }

    @Test
    void aSecondNetworkHasAPortOfItsOwn() {
        needsWireGuard();
        network(one, "first", with("encrypted", "true"));
        network(two, "first", with("encrypted", "true"));
        Network second = network(one, "second", with("encrypted", "true"));
        assertEquals(second.subnet(), network(two, "second", with("encrypted", "true")).subnet());
    }
}
