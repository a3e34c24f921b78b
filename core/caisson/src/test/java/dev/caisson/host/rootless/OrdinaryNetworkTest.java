package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresTool;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Networks of an ordinary user's containers: a process of slirp4netns for each, which ends with it. */
@RequiresTool(value = {"slirp4netns", "ip"}, debianPackage = "slirp4netns")
class OrdinaryNetworkTest extends RootlessTest {
    /** As on most hosts: everybody may open it. */
    private static final String TUN = "mount -t tmpfs -o mode=755 tmpfs /dev/net; mknod -m 666 /dev/net/tun c 10 200";

    private Map<String, String> run(String... scenarios) {
        return run(OrdinaryNetwork.class, scenarios);
    }

    private static void ip(String... words) throws IOException, InterruptedException {
        String[] all = new String[words.length + 1];
        all[0] = "ip";
        System.arraycopy(words, 0, all, 1, words.length);
        assertEquals(0, new ProcessBuilder(all).inheritIO().start().waitFor());
    }

    private void withAnAddress(Runnable test) throws IOException, InterruptedException {
        ip("addr", "add", "198.51.100.1/32", "dev", "lo");
        try {
            test.run();
        } finally {
            ip("addr", "del", "198.51.100.1/32", "dev", "lo");
        }
    }

    @Test
    void portsNamesAndTheWayOut() throws Exception {
        user.withSubordinateIds().prepared(TUN);
        withAnAddress(() -> portsNamesAndTheWayOut(run("published", "outward")));
    }

    /** Whoever carries it. @param said by the scenarios published and outward */
    static void portsNamesAndTheWayOut(Map<String, String> said) {
        assertEquals("served", said.get("served"));
        assertEquals("10.0.2.100 true", said.get("address"));
        assertTrue(said.get("resolv").contains("nameserver 10.0.2.3"), said.get("resolv"));
        assertEquals("true", said.get("hosts"));
        assertTrue(said.get("taken").contains("EADDRINUSE"), said.get("taken"));
        assertEquals("served true", said.get("again"), "after a restart");
        assertEquals("allowed: it is", said.get("free"));
        assertEquals("hello", said.get("toAddress"));
        assertEquals("", said.get("toLoopback"));
    }

    @Test
    void udpPortsToo() throws Exception {
        user.withSubordinateIds().prepared(TUN);
        withAnAddress(() -> {
            Map<String, String> said = run("datagrams");
            assertEquals("hello hello", said.get("answered"), "on all addresses, and on one");
            assertTrue(said.get("taken").contains("7/udp") && said.get("taken").contains("EADDRINUSE"), said.get("taken"));
            assertEquals("hello true", said.get("again"), "after a restart");
            assertEquals("allowed: it is", said.get("free"));
        });
    }

    @Test
    void withoutSubordinateIdsToo() {
        user.prepared(TUN);
        assertEquals("served", run("published").get("served"));
    }

    @Test
    void whatItCannotDo() {
        user.withSubordinateIds().prepared(TUN);
        run("refusals").forEach((what, why) -> assertTrue(!why.startsWith("allowed") && why.contains("Remedy"), what + ": " + why));
    }

    @Test
    void theRemedyNamesWhatIsMissing() {
        user.withSubordinateIds().prepared("mount -t tmpfs -o mode=755 tmpfs /dev/net; mknod -m 600 /dev/net/tun c 10 200");
        String tun = run("port").get("port");
        assertTrue(tun.startsWith("UnsupportedOnThisHost") && tun.contains("/dev/net/tun"), tun);
        user.prepared("mount --bind /dev/null /usr/bin/slirp4netns");
        String program = run("port").get("port");
        assertTrue(program.startsWith("UnsupportedOnThisHost") && program.contains("apt-get install slirp4netns"), program);
    }

    /** The leak check finds its process, if it stays. */
    @Test
    void aKilledJvmLeavesNoProcessAndNoPort() throws Exception {
        user.withSubordinateIds().prepared(TUN);
        aKilledJvmGivesItsPortBack(OrdinaryNetwork.class);
    }
}
