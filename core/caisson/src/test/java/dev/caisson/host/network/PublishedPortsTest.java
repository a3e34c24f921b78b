package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a published port can be reached, and where not. Rows 102, 103, 108. */
class PublishedPortsTest extends NetworkTest {
    private static final String HOST = "198.51.100.1";

    /** Holds the other host's network namespace, which has no name: ip-netns(8) would leave a mount when it makes its first one. */
    private Process neighbour;

    /** Another host on a wire of its own. */
    @BeforeEach
    void neighbour() throws IOException {
        neighbour = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo ready; exec sleep 600").start();
        assertEquals('r', neighbour.getInputStream().read());
        output("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire1", "netns", "" + neighbour.pid());
        output("ip", "addr", "add", HOST + "/24", "dev", "wire0");
        output("ip", "link", "set", "wire0", "up");
        inNeighbour("ip", "addr", "add", "198.51.100.2/24", "dev", "wire1");
        inNeighbour("ip", "link", "set", "wire1", "up");
        inNeighbour("ip", "link", "set", "lo", "up");
    }

    @AfterEach
    void unplug() throws InterruptedException {
        output("ip", "link", "del", "wire0");
        neighbour.destroyForcibly().waitFor();
    }

    private String inNeighbour(String... words) {
        String[] all = new String[words.length + 4];
        System.arraycopy(new String[] {"nsenter", "--net", "--target", "" + neighbour.pid()}, 0, all, 0, 4);
        System.arraycopy(words, 0, all, 4, words.length);
        return output(all);
    }

    private void inNeighbourOrFail(String... words) {
        assertEquals("done\n", inNeighbour("sh", "-c", "\"$@\" && echo done", "sh", words), () -> String.join(" ", words));
    }

    private String inNeighbour(String first, String second, String third, String fourth, String[] words) {
        List<String> all = new ArrayList<>(List.of(first, second, third, fourth));
        all.addAll(List.of(words));
        return inNeighbour(all.toArray(String[]::new));
    }

    /** Whether the host takes packets to 127.0.0.0/8 from the wire. */
    private static void localnet(String value) throws IOException {
        Files.writeString(Path.of("/proc/sys/net/ipv4/conf/wire0/route_localnet"), value);
    }

    private String neighbourGets(String where) {
        return body(inNeighbour(client(where)));
    }

    private String neighbourGetsAtOnce(String where) {
        return body(inNeighbour(clientAtOnce(where)));
    }

    @Test
    void fromTheHostFromAnotherHostAndFromContainers() {
        try (Container web = web().port(80).run(); Container other = busybox("sleep", "100").network("bridge").run()) {
            answering(web);
            String name = name(web);
            assertEquals(name, get("127.0.0.1:" + web.port(80)), "the host's loopback");
            assertEquals(name, get(HOST + ":" + web.port(80)), "the host's own address");
            assertEquals(name, neighbourGets(HOST + ":" + web.port(80)), "another host");
            assertEquals(name, get(other, web.ipAddress()), "another container");
            assertEquals(name, get(other, HOST + ":" + web.port(80)), "another container, over the host");
            assertEquals(name, get(web, HOST + ":" + web.port(80)), "the container itself, over the host");
            assertEquals(web.port(80), web.uri(80).getPort());
        }
    }

    @Test
    void whatIsPublishedOnLoopbackStaysThere() throws IOException {
        try (Container web = web().port("127.0.0.1", 0, 80).run()) {
            answering(web);
            assertEquals(name(web), get("127.0.0.1:" + web.port(80)), "the control");
            inNeighbourOrFail("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet");
            inNeighbourOrFail("ip", "addr", "del", "127.0.0.1/8", "dev", "lo");
            inNeighbourOrFail("ip", "route", "add", "127.0.0.1/32", "via", HOST, "dev", "wire1");
            assertEquals("", neighbourGetsAtOnce("127.0.0.1:" + web.port(80)));
            localnet("1");
            assertEquals(name(web), neighbourGets("127.0.0.1:" + web.port(80)), "the control: those packets do arrive, where the host takes them");
            localnet("0");
            assertEquals("", neighbourGetsAtOnce(HOST + ":" + web.port(80)));
            assertEquals("", getAtOnce(HOST + ":" + web.port(80)));
        }
    }

    @Test
    void aNeighbourThatRoutesToTheSubnetReachesNothing() {
        try (Container web = web().port(80).run()) {
            answering(web);
            inNeighbourOrFail("ip", "route", "add", web.ipAddress(), "via", HOST);
            assertEquals("", neighbourGetsAtOnce(web.ipAddress()));
            assertEquals(name(web), neighbourGets(HOST + ":" + web.port(80)), "the control: the container does answer, as published");
        }
    }

    @Test
    void aFixedPortIsHeldFromTheStartAndARefusalSaysByWhom() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            port = taken.getLocalPort();
            NetworkProblem refused = assertThrows(NetworkProblem.class, () -> web().port(port, 80).run());
            assertTrue(refused.getMessage().contains("80/tcp") && refused.getMessage().contains("pid " + ProcessHandle.current().pid() + " (java)"),
                    refused.getMessage());
            assertFalse(refused.remedy().isEmpty());
        }
        try (Container web = web().port(port, 80).run()) {
            assertEquals(port, web.port(80));
            assertThrows(java.net.BindException.class, () -> new ServerSocket(port).close());
            answering(web);
            assertEquals(name(web), neighbourGets(HOST + ":" + port));
        }
        assertEquals("", getAtOnce("127.0.0.1:" + port));
    }

    /** The same port of another host is that host's; and when the container is gone, it is whose program takes it. */
    @Test
    void aPortIsTheContainersOnThisHostAloneAndNoLongerThanItLives() throws Exception {
        Files.createDirectories(directory.resolve("page/etc"));
        Files.writeString(directory.resolve("page/etc/hostname"), "another\n");
        int port;
        try (Container keeper = busybox("sleep", "100").stopTimeout(Duration.ZERO).network("bridge").run()) {
            try (Container web = web().port(80).run()) {
                answering(web);
                port = web.port(80);
                Process theirs = serve(port, "nsenter", "--net", "--target", "" + neighbour.pid());
                eventually("the other host's", PATIENCE, () -> get(keeper, "198.51.100.2:" + port).equals("another"));
                theirs.destroyForcibly().waitFor();
                assertEquals(name(web), neighbourGets(HOST + ":" + port), "the control");
            }
            Process ours = serve(port);
            eventually("another program's", PATIENCE, () -> neighbourGets(HOST + ":" + port).equals("another"));
            ours.destroyForcibly().waitFor();
        }
    }

    private Process serve(int port, String... before) throws IOException {
        List<String> words = new ArrayList<>(List.of(before));
        words.addAll(List.of("/bin/busybox", "httpd", "-f", "-p", "" + port, "-h", directory.resolve("page").toString()));
        return new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    @Test
    void survivesARestart() {
        try (Container web = web().port(80).run()) {
            answering(web);
            int port = web.port(80);
            String address = web.ipAddress();
            web.restart();
            answering(web);
            assertEquals(address, web.ipAddress());
            assertEquals(port, web.port(80));
            assertEquals(name(web), get("127.0.0.1:" + port));
            assertEquals(name(web), neighbourGets(HOST + ":" + port));
        }
    }

    /** Says back what it is told on UDP port 7. */
    private ContainerBuilder echo() {
        return engine.hostRoot().network("bridge").stopTimeout(Duration.ZERO).command("/usr/bin/python3", "-c", "import socket; s = socket.socket(type=socket.SOCK_DGRAM);"
                + " s.bind(('', 7))\nwhile True: m, a = s.recvfrom(9); s.sendto(m, a)");
    }

    private static String[] udpClient(String address, int port) {
        return udpClient(address, port, ANSWERED);
    }

    private static String[] udpClient(String address, int port, int seconds) {
        return new String[] {"timeout", "" + seconds, "bash", "-c", "exec 3<>/dev/udp/" + address + "/" + port + "; echo hello >&3; head -n 1 <&3"};
    }

    @Test
    void udpPortsToo() {
        try (Container web = echo().port(0, 7, Protocol.UDP).run(); Container local = echo().port("127.0.0.1", 0, 7, Protocol.UDP).run();
                Container other = engine.hostRoot().network("bridge").stopTimeout(Duration.ZERO).command("sleep", "100").run()) {
            int port = web.port(7, Protocol.UDP);
            eventually("it answers", PATIENCE, () -> output(udpClient("127.0.0.1", port, NOT_ANSWERED)).equals("hello\n"));
            assertEquals("hello\n", output(udpClient(HOST, port)), "the host's own address");
            assertEquals("hello\n", inNeighbour(udpClient(HOST, port)), "another host");
            assertEquals("hello\n", other.exec(udpClient(HOST, port)).run().stdout(), "another container, over the host");
            int loopback = local.port(7, Protocol.UDP);
            eventually("it answers", PATIENCE, () -> output(udpClient("127.0.0.1", loopback, NOT_ANSWERED)).equals("hello\n"));
            assertEquals("", inNeighbour(udpClient(HOST, loopback, NOT_ANSWERED)), "loopback stays loopback");
            assertThrows(NetworkProblem.class, () -> web.port(7), "not over TCP");
            NetworkProblem taken = assertThrows(NetworkProblem.class, () -> echo().port(port, 7, Protocol.UDP).run());
            assertTrue(taken.getMessage().contains("7/udp") && taken.getMessage().contains("pid " + ProcessHandle.current().pid() + " (java)"), taken.getMessage());
        }
    }

    /** A client that always sends from one port, and never falls silent for as long as the kernel keeps a flow: it is led to who has the port now. */
    @Test
    void aUdpClientFollowsItsPortToTheNextContainer() {
        try (Container bystander = echo().port(0, 7, Protocol.UDP).run()) {
            int other = bystander.port(7, Protocol.UDP);
            eventually("it answers", PATIENCE, () -> inNeighbour(fromOnePort(other)).equals("hello"));
            int port;
            try (Container first = echo().port(0, 7, Protocol.UDP).run()) {
                port = first.port(7, Protocol.UDP);
                eventually("it answers", PATIENCE, () -> inNeighbour(fromOnePort(port)).equals("hello"));
                assertEquals("hello", output(fromOnePort(port)), "the host itself");
            }
            assertEquals("", inNeighbour(fromOnePort(port)), "nobody has it");
            assertEquals("", output(fromOnePort(port)));
            String flow = "sport=5555 dport=" + other;
            assertTrue(flows().contains(flow), flows());
            try (Container second = echo().port(port, 7, Protocol.UDP).run()) {
                eventually("it answers", PATIENCE, () -> output(udpClient("127.0.0.1", port, NOT_ANSWERED)).equals("hello\n"));
                eventually("the other host", Duration.ofSeconds(10), () -> inNeighbour(fromOnePort(port)).equals("hello"));
                eventually("the host itself", Duration.ofSeconds(10), () -> output(fromOnePort(port)).equals("hello"));
            }
            assertTrue(flows().contains(flow), "a flow of another port is nobody's business: " + flows());
        }
    }

    private static String[] fromOnePort(int port) {
        return new String[] {"python3", "-c", "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 5555)); s.settimeout(1); s.sendto(b'hello', ('" + HOST + "', " + port
                + ")); print(s.recv(9).decode(), end='')"};
    }

    /** What the kernel tracks. */
    private static String flows() {
        return output("cat", "/proc/net/nf_conntrack");
    }

    /** Not only which process: that is this one, which nobody wants to end. */
    @Test
    void aPortThatAnotherContainerHasSaysWhichOne() {
        try (Container web = web().name("front").port(80).run()) {
            NetworkProblem taken = assertThrows(NetworkProblem.class, () -> web().port(web.port(80), 80).run());
            assertTrue(taken.getMessage().contains("container front") && taken.remedy().contains("front") && !taken.remedy().contains("end that process"), taken.getMessage() + " " + taken.remedy());
            assertThrows(NetworkProblem.class, () -> echo().port(web.port(80), 7, Protocol.UDP).port(web.port(80), 8, Protocol.UDP).run(), "one's own, twice");
        }
    }

    @Test
    void rangesAndWhatIsRefused() {
        try (Container web = web().portRange(0, 80, 3, Protocol.TCP).run()) {
            answering(web);
            assertEquals(name(web), get("127.0.0.1:" + web.port(80)));
            assertEquals(3, Set.of(web.port(80), web.port(81), web.port(82)).size());
        }
        assertThrows(InvalidSpec.class, () -> web().portRange(65000, 80, 1000, Protocol.TCP).spec());
    }

    @Test
    void nothingElseListens() {
        Set<String> before = listening();
        try (Container web = web().port("127.0.0.1", 0, 80).run()) {
            Set<String> ours = listening();
            ours.removeAll(before);
            assertEquals(Set.of("127.0.0.1:" + web.port(80)), ours);
        }
        Set<String> left = listening();
        left.removeAll(before);
        assertEquals(Set.of(), left);
    }

    /** Addresses and ports on which this JVM listens in the host's network namespace; what others have comes and goes. */
    private static Set<String> listening() {
        return output("ss", "-Hltunp").lines().filter(l -> l.contains("pid=" + ProcessHandle.current().pid() + ",")).map(l -> l.strip().split("\\s+")[4]).collect(Collectors.toCollection(TreeSet::new));
    }
}
