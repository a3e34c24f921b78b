package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Faults;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is made to go wrong between two containers goes wrong between these two alone, and ends. */
class FaultsTest extends NetworkTest {
    private ContainerBuilder idle() {
        return busybox("sleep", "600").stopTimeout(Duration.ZERO).network("app");
    }

    /** How many of so many echo requests were answered. */
    private static int answered(Container from, Container to, int of) {
        String text = from.exec("/busybox", "ping", "-i", "0.05", "-q", "-c", "" + of, "-W", "1", to.ipAddress()).run().stdout();
        return Integer.parseInt(text.replaceFirst("(?s).*, (\\d+) packets received.*", "$1"));
    }

    /** While packets are lost, so are those by which a kernel finds a neighbour; it may have given up, or ask again a second later. */
    private static void reaches(String why, Container from, Container to) {
        eventually("it reaches the other: " + why, PATIENCE, () -> answered(from, to, 1) == 1);
    }

    @Test
    void partitionAndHeal() {
        try (Network app = engine.networks().create("app"); Container a = idle().run(); Container b = idle().run(); Container third = idle().run()) {
            reaches("the control", a, b);
            try (Faults cut = app.between(a, b).partition()) {
                assertEquals(0, answered(a, b, 2));
                assertEquals(0, answered(b, a, 2));
                reaches("a third", a, third);
                reaches("from a third", third, b);
                cut.heal();
                reaches("healed", a, b);
                app.between(b, a).partition();
                assertEquals(0, answered(a, b, 1));
            }
            reaches("closed", a, b);
            app.between(a, b).partition();
            app.disconnect(b);
            app.connect(b);
            reaches("who left and came back is another", a, b);
            assertFalse(inRouter("nft", "list", "tables").contains("caisson_faults"));
        }
    }

    @Test
    void aShareIsLost() {
        try (Network app = engine.networks().create("app"); Container a = idle().run(); Container b = idle().run()) {
            reaches("the control; and they know each other's MAC address, as answers to ARP are lost too", a, b);
            app.between(a, b).loss(0.5);
            int answered = answered(a, b, 60); // a quarter on the average: each way half of them
            assertTrue(answered > 0 && answered < 40, answered + " of 60");
            app.between(a, b).loss(0);
            eventually("nothing is lost any more", PATIENCE, () -> answered(a, b, 20) == 20);
        }
    }

    @Test
    void refusedByName() {
        try (Network app = engine.networks().create("app"); Network other = engine.networks().create("other"); Container a = idle().run();
                Container b = busybox("sleep", "600").stopTimeout(Duration.ZERO).network("other").run()) {
            assertTrue(assertThrows(NetworkProblem.class, () -> app.between(a, b)).getMessage().contains("not on network 'app'"));
            assertThrows(NetworkProblem.class, () -> app.between(a, a));
            app.connect(b);
            for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
                assertThrows(InvalidSpec.class, () -> app.between(a, b).loss(wrong));
            }
        }
    }
}
