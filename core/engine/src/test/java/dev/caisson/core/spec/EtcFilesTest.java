package dev.caisson.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.ContainerSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EtcFilesTest {
    private static final String HOST = "# by hand\nnameserver 10.0.0.1\nnameserver\t10.0.0.2\nsearch corp.example\noptions ndots:5\nnameservers no\n";

    private static EtcFiles of(Map<String, String> hosts, List<String> dns, List<String> search, List<String> options, boolean hostNetwork, String hostHosts) {
        return EtcFiles.of(new ContainerSpec.Identity("", "", hosts, dns, search, options), "box", hostNetwork, hostHosts, HOST, EtcFiles.Reach.NOTHING);
    }

    private static String resolv(List<String> dns, List<String> search, List<String> options) {
        return of(Map.of(), dns, search, options, false, "").resolvConf();
    }

    @Test
    void hostname() {
        assertEquals("box\n", of(Map.of(), List.of(), List.of(), List.of(), false, "").hostname());
    }

    @Test
    void hostsOfANetworkOfItsOwn() {
        Map<String, String> extra = new LinkedHashMap<>();
        extra.put("db", "10.0.0.9");
        extra.put("a.example", "::5");
        assertEquals("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
                + "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n10.0.0.9\tdb\n::5\ta.example\n",
                of(extra, List.of(), List.of(), List.of(), false, "1.2.3.4 secret\n").hosts());
    }

    @Test
    void hostsOfTheHostsNetwork() {
        assertEquals("1.2.3.4 secret\n10.0.0.9\tdb\n", of(Map.of("db", "10.0.0.9"), List.of(), List.of(), List.of(), true, "1.2.3.4 secret").hosts());
        assertEquals("10.0.0.9\tdb\n", of(Map.of("db", "10.0.0.9"), List.of(), List.of(), List.of(), true, "").hosts());
    }

    @Test
    void resolvConfIsTheHostsUntilSomethingIsGiven() {
        assertEquals(HOST, resolv(List.of(), List.of(), List.of()));
        assertEquals("nameserver 9.9.9.9\nnameserver ::1\nsearch corp.example\noptions ndots:5\n", resolv(List.of("9.9.9.9", "::1"), List.of(), List.of()));
        assertEquals("nameserver 10.0.0.1\nnameserver\t10.0.0.2\nsearch a b\noptions ndots:5\n", resolv(List.of(), List.of("a", "b"), List.of()));
        assertEquals("nameserver 10.0.0.1\nnameserver\t10.0.0.2\nsearch corp.example\noptions rotate timeout:1\n", resolv(List.of(), List.of(), List.of("rotate", "timeout:1")));
    }

    @Test
    void aSearchOfADotMeansNone() {
        assertEquals("nameserver 9.9.9.9\noptions ndots:5\n", resolv(List.of("9.9.9.9"), List.of("."), List.of()));
    }
}
