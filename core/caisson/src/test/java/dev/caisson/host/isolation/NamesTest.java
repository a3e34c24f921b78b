package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.InvalidSpec;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Host name, /etc/hosts, /etc/hostname, /etc/resolv.conf. Rows 34, 46. */
class NamesTest extends EngineTest {
    private static String cat(dev.caisson.ContainerBuilder container, String path) {
        return container.command(observer("cat", path)).execute().stdout();
    }

    @Test
    void theNameIsTheShortIdUnlessGiven() {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            String shortId = container.id().substring(0, 12);
            assertEquals(shortId, observeIn(container, "host").get("hostname"));
            assertEquals(shortId + "\n", container.exec(observer("cat", "/etc/hostname")).run().stdout());
        }
        assertEquals("web\n", cat(tiny().hostname("web"), "/etc/hostname"));
        assertEquals(observeHost("host").get("hostname"), observe(tiny().networkHost(), "host").get("hostname"));
    }

    @Test
    void hostsHasLocalhostAndWhatWasAdded() {
        String hosts = cat(tiny().addHost("db", "10.1.2.3").addHost("v6", "fd00::1"), "/etc/hosts");
        assertTrue(hosts.startsWith("127.0.0.1\tlocalhost\n::1\tlocalhost"), hosts);
        assertTrue(hosts.endsWith("10.1.2.3\tdb\nfd00::1\tv6\n"), hosts);
    }

    @Test
    void resolvConfIsTheHostsOrAsAskedFor() throws IOException {
        assertEquals(Files.readString(Path.of("/etc/resolv.conf")), cat(tiny(), "/etc/resolv.conf"));
        assertEquals("nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch example.org corp\noptions ndots:2 timeout:1\n",
                cat(tiny().dns("192.0.2.1").dns("192.0.2.2").dnsSearch("example.org").dnsSearch("corp").dnsOption("ndots:2").dnsOption("timeout:1"), "/etc/resolv.conf"));
    }

    @Test
    void theFilesAreTheContainersToChange() throws IOException {
        String host = Files.readString(Path.of("/etc/hosts"));
        Observation seen = observe(tiny(), "append", "/etc/hosts", "192.0.2.9 x\n", "+", "append", "/etc/resolv.conf", "# x\n", "+", "append", "/etc/hostname", "x");
        assertTrue(seen.ok("append./etc/hosts") && seen.ok("append./etc/resolv.conf") && seen.ok("append./etc/hostname"), seen.values()::toString);
        assertEquals(host, Files.readString(Path.of("/etc/hosts")));
        Path mine = Files.writeString(directory.resolve("hosts"), "mine\n");
        assertEquals("mine\n", cat(tiny().bindReadOnly(mine, "/etc/hosts"), "/etc/hosts"), "a bind of the caller's wins");
    }

    @Test
    void twoMountsOnOneTargetAreRefused() {
        for (String second : new String[] {"/mnt", "/mnt/", "//mnt", "/x/../mnt"}) {
            InvalidSpec e = assertThrows(InvalidSpec.class, () -> tiny().tmpfs("/mnt").bind(directory, second).command(observer("true")).execute());
            assertTrue(e.getMessage().contains("\"" + second + "\"") && !e.remedy().isEmpty(), e.getMessage());
        }
    }
}
