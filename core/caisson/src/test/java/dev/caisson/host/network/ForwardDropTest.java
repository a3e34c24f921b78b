package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Containers;
import dev.caisson.HostReport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a docker daemon leaves in the host's firewall: check() says so, with the line that helps. */
class ForwardDropTest extends NetworkTest {
    private Wire wire;

    @BeforeEach
    void wire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void undo() {
        output("sh", "-c", "iptables-nft -P FORWARD ACCEPT; iptables-nft -F FORWARD; nft delete table ip filter");
        wire.close();
    }

    private static List<HostReport.Finding> forwarding(HostReport report) {
        return report.facts().stream().filter(f -> f.name().equals("forwarding") && !f.ok()).toList();
    }

    @Test
    void isSaidWithTheLineThatHelps() {
        try (Container web = web().port(80).stopTimeout(Duration.ZERO).run()) {
            eventually("another host reaches the port", PATIENCE, () -> !body(wire.there(client(Wire.HERE + ":" + web.port(80)))).isEmpty());
            assertEquals(List.of(), forwarding(engine.check()));
            output("iptables-nft", "-P", "FORWARD", "DROP");
            assertEquals("", body(wire.there(clientAtOnce(Wire.HERE + ":" + web.port(80)))), "the control: it drops");
            List<HostReport.Finding> found = forwarding(engine.check());
            assertEquals(1, found.size(), engine.check().toString());
            assertEquals(found, forwarding(Containers.check()), "also without an engine");
            assertTrue(engine.check().usable(), "containers run all the same");
            assertFalse(found.get(0).remedy().isEmpty());
            output("sh", "-c", found.get(0).remedy().replace("iptables ", "iptables-nft "));
            eventually("it is reached again", PATIENCE, () -> body(wire.there(client(Wire.HERE + ":" + web.port(80)))).equals(name(web)));
            assertEquals(List.of(), forwarding(engine.check()));
        }
    }
}
