package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.Patience;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.RealEtcd;
import dev.caisson.testkit.hosts.Wire;
import dev.caisson.testkit.leak.LeakChecked;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts at a switch, and an etcd beside it. */
@Tag("host")
@RequiresRoot
@RequiresTool(value = {"etcd", "nsenter", "curl", "busybox"}, debianPackage = "etcd-server")
@LeakChecked
@Timeout(180)
abstract class OverlayTest {
    static final String ETCD = "http://192.168.77.1:2379";
    private static final long PATIENCE_SECONDS = Patience.of(60);

    @TempDir
    Path directory;
    Wire wire;
    RealEtcd etcd;
    Host one;
    Host two;

    boolean wantsEtcd() {
        return true;
    }

    @BeforeAll
    static void warmUp() {
        NetworkSpace.make().close();
    }

    @BeforeEach
    void plugIn() {
        wire = new Wire();
        if (wantsEtcd()) {
            etcd = new RealEtcd(wire.middle(), directory.resolve("etcd"), "http");
        }
        one = new Host("one", wire.host(), directory);
        two = new Host("two", wire.host(), directory);
    }

    @AfterEach
    void unplug() {
        two.close();
        one.close();
        if (etcd != null) {
            etcd.close();
        }
        wire.close();
    }

    static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "within " + PATIENCE_SECONDS + " s: " + what);
            try {
                Thread.sleep(Patience.of(20)); // most conditions are programs, which emulated processors have enough of
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
