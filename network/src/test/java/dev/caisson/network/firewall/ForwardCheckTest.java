package dev.caisson.network.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.HostReport.Finding;
import dev.caisson.linux.Namespaces;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.leak.LeakChecked;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firewalls that others made, by the programs they made them with: which let containers' packets through, and whether the line that is said helps. */
@Tag("host")
@RequiresRoot
@LeakChecked
class ForwardCheckTest {
    private NetworkSpace host;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Namespaces.current(Namespaces.Kind.NET).close();
    }

    @BeforeEach
    void host() {
        host = NetworkSpace.make();
    }

    @AfterEach
    void end() {
        host.close();
    }

    private List<Finding> bad() {
        return host.in(() -> ForwardCheck.findings("csn")).stream().filter(f -> !f.ok()).toList();
    }

    @Test
    void aHostWithoutFirewallIsGoodAndStaysWithout() {
        assertEquals(List.of(), bad());
        assertEquals("", host.output("nft", "list", "ruleset"));
        assertEquals("", host.output("cat", "/proc/net/ip_tables_names"), "looking made no table");
    }

    /** As dockerd does: the policy, and rules for its own bridge. */
    @ParameterizedTest
    @ValueSource(strings = {"iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"})
    void forwardDropOfIptables(String program) {
        host.shell(program + " -P FORWARD DROP && " + program + " -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT && " + program
                + " -A FORWARD -i docker0 ! -o docker0 -j ACCEPT");
        List<Finding> found = bad();
        assertEquals(1, found.size(), found.toString());
        assertTrue(found.get(0).detail().contains("FORWARD"), found.toString());
        String plain = program.replace("-nft", "");
        assertEquals(plain + " -I FORWARD -i csn+ -j ACCEPT && " + plain + " -I FORWARD -o csn+ -j ACCEPT", found.get(0).remedy());
        host.shell(program + " -A FORWARD -i csn+ -p tcp -j ACCEPT && " + program + " -A FORWARD -i csn+ -o docker0 -j ACCEPT && " + program + " -A FORWARD -o csn+ -j DROP");
        assertEquals(found, bad(), "rules that let a part through do not help");
        host.shell(found.get(0).remedy().replace(plain, program).split(" && ")[0]);
        assertEquals(plain + " -I FORWARD -o csn+ -j ACCEPT", bad().get(0).remedy(), "one half is done");
        host.shell(bad().get(0).remedy().replace(plain, program));
        assertEquals(List.of(), bad());
    }

    @ParameterizedTest
    @ValueSource(strings = {"inet", "ip", "ip6"})
    void aFirewallOfNftables(String family) {
        host.shell("nft add table " + family + " mine && nft add chain " + family + " mine mine_fwd '{ type filter hook forward priority 0; policy drop; }'");
        List<Finding> found = bad();
        assertEquals(1, found.size(), found.toString());
        assertTrue(found.get(0).detail().contains("chain mine_fwd of nftables table " + family + " mine"), found.toString());
        host.shell(found.get(0).remedy());
        assertEquals(List.of(), bad(), found.get(0).remedy());
    }

    @Test
    void whatConcernsNobodyIsNotSaid() {
        host.shell("nft add table inet mine && nft add chain inet mine inp '{ type filter hook input priority 0; policy drop; }' && nft add chain inet mine mine_fwd "
                + "'{ type filter hook forward priority 0; policy accept; }' && nft add table bridge b && nft add chain bridge b f '{ type filter hook forward priority 0; policy drop; }'");
        assertEquals(List.of(), bad());
        assertFalse(host.in(() -> ForwardCheck.findings("csn")).isEmpty());
    }
}
