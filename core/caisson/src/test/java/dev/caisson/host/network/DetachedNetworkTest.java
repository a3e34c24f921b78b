package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import dev.caisson.Container.State;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A detached container keeps its network when its JVM is gone: address, way out, published ports; another JVM takes it over, and with the last container all of it goes. */
@Timeout(180)
class DetachedNetworkTest extends NetworkTest {
    /** Serves until there is a file of its name, then fails. */
    static final String SERVES = "/busybox httpd -p 80 -h /; until test -e /ctl/$(cat /etc/hostname); do sleep 0.05; done; rm /ctl/$(cat /etc/hostname); exit 3";

    private final int keptPort = freePort();
    private final int herePort = freePort();
    private final int boundPort = freePort();
    private final int theirPort = freePort();
    private Path home;
    private Path control;
    private Wire wire;

    @BeforeEach
    void furnish() throws IOException {
        root.withShell();
        home = directory.resolve("home");
        control = hostDirectory("ctl");
        wire = new Wire();
    }

    @AfterEach
    void unplug() {
        wire.close();
    }

    private Engine another() {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build();
    }

    private void startAndKill() {
        try (ScenarioProcess jvm = ScenarioProcess.start(DetachedNetworkScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), control.toString(), "" + boundPort, "" + keptPort, "" + herePort)) {
            jvm.awaitMark("running", PATIENCE);
            eventually("the control: what is published is reached", PATIENCE, () -> there(keptPort).equals("kept") && there(boundPort).equals("bound"));
            assertEquals("kept", get("127.0.0.1:" + keptPort));
            assertEquals("kept", get("127.0.0.1:" + herePort));
            jvm.jvm().destroyForcibly(); // SIGKILL
            jvm.waitFor(PATIENCE);
        }
    }

    /** What another host gets from this one. */
    private String there(int port) {
        return body(wire.there(client(Wire.HERE + ":" + port)));
    }

    private String thereAtOnce(int port) {
        return body(wire.there(clientAtOnce(Wire.HERE + ":" + port)));
    }

    private static Container find(Engine engine, String name) {
        return engine.containers().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow(() -> new AssertionError("containers: " + engine.containers()));
    }

    private static String tables() {
        return output("nft", "list", "tables");
    }

    private static String links() {
        return output("ip", "-o", "link");
    }

    /** Another program gets it. */
    private static void free(int port) {
        eventually("port " + port + " is free", PATIENCE, () -> {
            try (ServerSocket mine = new ServerSocket(port)) {
                return mine.isBound();
            } catch (IOException e) {
                return false;
            }
        });
    }

    private void nothingIsLeft() {
        eventually(() -> "no interface is left, are " + links(), PATIENCE, () -> !links().contains("csn"));
        eventually(() -> "no table is left, are " + tables(), PATIENCE, () -> !tables().contains("caisson_"));
    }

    @Test
    void outlivesAKilledJvmAndIsTakenOver() throws IOException {
        startAndKill();
        assertEquals("kept", there(keptPort), "from another host");
        assertEquals("kept", get("127.0.0.1:" + keptPort), "over the loopback");
        assertEquals("kept", get(Wire.HERE + ":" + keptPort), "over the host's own address");
        assertEquals("kept", get("127.0.0.1:" + herePort), "what is published on the loopback alone");
        assertEquals("", thereAtOnce(herePort), "stays there");
        eventually("the port of the one that has died leads nowhere", PATIENCE, () -> thereAtOnce(boundPort).isEmpty());
        for (int port : List.of(keptPort, herePort)) {
            assertThrows(BindException.class, () -> new ServerSocket(port).close(), "nobody else gets port " + port);
        }
        free(boundPort);

        Files.createFile(control.resolve("kept"));
        eventually("it ended and was started again by its guard", PATIENCE, () -> !Files.exists(control.resolve("kept")) && there(keptPort).equals("kept"));

        Process server = wire.start(Files.createDirectories(directory.resolve("site/etc")).getParent(), "/bin/busybox", "httpd", "-f", "-p", Wire.THERE + ":" + theirPort, "-h", directory.resolve("site").toString());
        Files.writeString(directory.resolve("site/etc/hostname"), "outside\n");
        try (Engine next = another()) {
            Container kept = find(next, "kept");
            assertEquals(State.RUNNING, kept.state());
            assertEquals(1, kept.restartCount());
            assertEquals(List.of("app"), kept.networks());
            assertEquals(keptPort, kept.port(80));
            assertTrue(kept.ipAddress().matches("(172|10)\\..*"), kept.ipAddress());
            assertTrue(output("nsenter", "--net", "--target", "" + kept.pid(), "ip", "-o", "addr").contains(" " + kept.ipAddress() + "/"), "that is its address");
            assertEquals(kept.ipAddress(), kept.inspect().addresses().get("app"));
            eventually("it reaches what is outside", PATIENCE, () -> get(kept, Wire.THERE + ":" + theirPort).equals("outside"));
            assertEquals("kept", get(kept, kept.ipAddress()));
            String hosts = kept.exec("/busybox", "cat", "/etc/hosts").run().stdout();
            assertTrue(hosts.lines().anyMatch(l -> l.contains("\tbound ")), hosts);
            assertTrue(hosts.lines().anyMatch(l -> l.endsWith("\thost.docker.internal")), hosts);

            NetworkProblem taken = assertThrows(NetworkProblem.class, () -> next.rootfs(root.path()).port(keptPort, 80).command("/bin/true").run());
            assertTrue(taken.getMessage().contains("EADDRINUSE"), taken.getMessage());
            try (Network app = next.networks().create("app")) { // the name of one that ended with its engine
                assertEquals(List.of(), app.members());
                assertThrows(EngineProblem.class, () -> app.connect(kept));
            }
            String address = kept.ipAddress();
            kept.restart();
            eventually("after a restart", PATIENCE, () -> there(keptPort).equals("kept"));
            assertEquals(address, kept.ipAddress());
            kept.stop();
            kept.remove();
            eventually("its port leads nowhere", PATIENCE, () -> thereAtOnce(keptPort).isEmpty());
            free(keptPort);
        } finally {
            server.destroyForcibly().onExit().join();
            server.getInputStream().close();
        }
        nothingIsLeft();
    }

    /** Fault F19, of its network: the guard alone holds it while there is no JVM. */
    @Test
    void aKilledGuardTakesItAlong() {
        startAndKill();
        List<ProcessHandle> guards = guardsAt(home.resolve("engine"));
        assertEquals(1, guards.size());
        assertEquals("kept", there(keptPort));
        guards.forEach(ProcessHandle::destroyForcibly);
        nothingIsLeft();
        free(keptPort);
        try (Engine next = another()) {
            eventually("what it left on disk is swept", PATIENCE, () -> next.containers().isEmpty() && !Files.isSymbolicLink(home.resolve("engine/names/kept")));
        }
    }

    /** How many ports a rule leads on. */
    private static long published() {
        String table = tables().lines().filter(t -> t.endsWith("_kept")).findFirst().orElseThrow().split(" ")[2];
        return output("nft", "list", "map", "ip", table, "tcp_published").lines().filter(l -> l.matches(".*0x[0-9a-f]{8} .*:.*")).count();
    }

    /** An engine that is closed leaves them with their network; what one had there goes with it, and the other's stays. */
    @Test
    void ofTwoThatAClosedEngineLeavesOneIsRemoved() throws IOException {
        try (Engine first = another(); Network app = first.networks().create("app")) {
            Container one = web(first).name("one").hostname("one").network("app").port(keptPort, 80).detached().run();
            Container two = web(first).name("two").hostname("two").network("bridge").network("app").port(boundPort, 80).dns(Wire.HERE).run();
            two.exec("/bin/sh", "-c", "echo 'nameserver ' >> /etc/resolv.conf").run(); // as good as nothing
            two.detach();
            assertTrue(lookedUp(two, "one").contains(one.ipAddress()), "the engine answers");
            Container bound = web(first).name("three").network("app").port(80).run();
            assertEquals(3, app.members().size());
            answering(one);
            assertThrows(EngineProblem.class, () -> app.disconnect(one));
            bound.remove();
        }
        assertEquals("one", there(keptPort));
        assertEquals("two", there(boundPort));
        for (int i = 0; i < 2; i++) {
            try (Engine next = another()) {
                assertEquals("one", get(find(next, "two"), find(next, "one").ipAddress()), "they reach each other");
                try (StubNameServer names = new StubNameServer(Wire.HERE)) {
                    String answer = lookedUp(find(next, "two"), "there.example");
                    assertTrue(answer.contains("192.0.2.1"), answer);
                }
                assertTrue(find(next, "two").exec("/busybox", "cat", "/etc/hosts").run().stdout().lines().anyMatch(l -> l.startsWith(find(next, "one").ipAddress() + "\tone ")));
                if (i == 1) {
                    assertEquals(2, published(), () -> output("nft", "list", "ruleset"));
                    find(next, "one").remove();
                    eventually("its port leads nowhere", PATIENCE, () -> thereAtOnce(keptPort).isEmpty());
                    assertEquals(1, published(), () -> output("nft", "list", "ruleset"));
                    free(keptPort);
                    assertEquals("two", there(boundPort));
                    assertEquals(List.of("bridge", "app"), find(next, "two").networks());
                }
            }
        }
        try (Engine last = another()) {
            assertEquals("two", there(boundPort));
            find(last, "two").remove();
            nothingIsLeft();
        }
    }

    /** The engine that made it goes on without it: nothing of it stays. */
    @Test
    void removedByTheEngineThatDetachedIt() throws IOException {
        try (Engine first = another()) {
            Container one = web(first).hostname("one").port(keptPort, 80).detached().run();
            answering(one);
            assertEquals("one", there(keptPort));
            one.restart();
            eventually("after a restart", PATIENCE, () -> there(keptPort).equals("one"));
            one.remove();
            assertEquals("", thereAtOnce(keptPort));
            free(keptPort);
        }
        nothingIsLeft();
    }

    @Test
    void withIpv6Too() {
        try (Engine first = another()) {
            first.networks().create("six", n -> n.ipv6());
            answering(web(first).name("one").hostname("one").network("six").port(keptPort, 80).detached().run());
            assertEquals("one", there6());
        }
        assertEquals("one", there6());
        assertEquals("one", there(keptPort));
        assertEquals("one", get("127.0.0.1:" + keptPort));
        try (Engine next = another()) {
            Container one = find(next, "one");
            assertTrue(one.ip6Address().startsWith("fd"), one.ip6Address());
            one.remove();
            assertEquals("", there6());
        }
        nothingIsLeft();
    }

    private static String lookedUp(Container from, String name) {
        return from.exec("/busybox", "nslookup", name).run().stdout();
    }

    private String there6() {
        return body(wire.there("timeout", "10", "bash", "-c", "exec 3<>/dev/tcp/" + Wire.HERE6 + "/" + keptPort + "; printf 'GET /etc/hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"));
    }

    /** That answers come back to 127.0.0.1 over the engine's interface lets nobody in: the router takes packets to there for its own. */
    @Test
    void nobodyInsideReachesTheHostsLoopback() throws IOException {
        Process secret = new ProcessBuilder("/bin/busybox", "httpd", "-f", "-p", "127.0.0.1:" + theirPort, "-h", root.path().toString()).redirectErrorStream(true).start();
        root.file("/etc/hostname", "secret\n");
        try (Container one = web(engine).hostname("one").port(keptPort, 80).run(); Container other = web(engine).hostname("other").network("bridge").run()) {
            answering(one);
            one.detach();
            assertEquals("one", get("127.0.0.1:" + keptPort));
            String link = output("sh", "-c", "cd /proc/sys/net/ipv4/conf; for i in csn*; do echo $i $(cat $i/route_localnet); done");
            assertTrue(link.strip().endsWith(" 1"), link);
            assertEquals("0\n0\n", output("cat", "/proc/sys/net/ipv4/conf/all/route_localnet", "/proc/sys/net/ipv4/conf/wire0/route_localnet"), "on that interface alone");
            eventually("the control: it is there", PATIENCE, () -> get("127.0.0.1:" + theirPort).equals("secret"));
            String gateway = engine.networks().find("bridge").orElseThrow().gateway();
            inside(other, "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1/32 via " + gateway + " dev eth0");
            assertEquals("", body(output(java.util.stream.Stream.concat(java.util.stream.Stream.of("nsenter", "--net", "--target", "" + other.pid()),
                    java.util.Arrays.stream(clientAtOnce("127.0.0.1:" + theirPort))).toArray(String[]::new))));
            one.remove();
        } finally {
            secret.destroyForcibly().onExit().join();
            secret.getInputStream().close();
        }
    }

    /** On the host, in a container's network namespace. */
    private static String inside(Container container, String script) {
        return output("nsenter", "--net", "--target", "" + container.pid(), "sh", "-c", script);
    }

    private dev.caisson.ContainerBuilder web(Engine of) {
        return of.rootfs(root.path()).bindReadOnly(Path.of("/bin/busybox"), "/busybox").command("/busybox", "httpd", "-f", "-p", "80", "-h", "/").stopTimeout(java.time.Duration.ZERO);
    }

    @Test
    void whatTheJvmCarriesIsRefusedByName() {
        refused("exposeHostPort", busybox("sleep", "9").network("bridge").exposeHostPort(8080).detached());
        refused("egress", busybox("sleep", "9").network("bridge").egress(e -> e.allow("example.org:443").denyAll()).detached());
        NetworkProblem six = assertThrows(NetworkProblem.class, () -> busybox("sleep", "9").network(engine.networks().create("six", n -> n.ipv6()).name()).port("::1", 0, 80).detached().run());
        assertTrue(six.getMessage().contains("[::1]"), six.getMessage());
        assertEquals(List.of(), engine.containers());
    }

    private static void refused(String what, dev.caisson.ContainerBuilder container) {
        UnsupportedOnThisHost e = assertThrows(UnsupportedOnThisHost.class, container::run);
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }
}
