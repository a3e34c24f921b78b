package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.EgressAttempt;
import dev.caisson.EgressBuilder;
import dev.caisson.EngineProblem;
import dev.caisson.EventFilter;
import dev.caisson.Exec;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a container with a policy reaches, with Debian's own clients in a view of the host. */
class EgressTest extends NetworkTest {
    private Outside outside;
    private Path resolv;

    @BeforeEach
    void internet() throws IOException {
        outside = new Outside(hostDirectory("outside"));
        resolv = hostDirectory("etc").resolve("resolv.conf");
        Files.writeString(resolv, busybox("cat", "/etc/resolv.conf").network("bridge").execute().stdout());
    }

    @AfterEach
    void noInternet() {
        outside.close();
    }

    private ContainerBuilder debian() {
        return engine.hostRoot().network("bridge").bindReadOnly(resolv, "/etc/resolv.conf").command("sleep", "600").stopTimeout(Duration.ZERO).dns(Wire.HERE);
    }

    private Container under(Consumer<EgressBuilder> policy) {
        return debian().egress(policy).run();
    }

    private static Execution curl(Container from, String... words) {
        return from.exec(prefixed("/usr/bin/curl", prefixed("-sSk", prefixed("--max-time", prefixed("8", words))))).run();
    }

    /** A page, or "" for none. */
    private static String page(Container from, String... words) {
        Execution got = curl(from, prefixed("-f", words));
        return got.exitCode() == 0 ? got.stdout() : "";
    }

    private List<EgressAttempt> attempts(Container container) {
        return engine.events().past(EventFilter.all().container(container.id()).action(EgressAttempt.ACTION).since(Instant.EPOCH)).stream().map(EgressAttempt::of).flatMap(Optional::stream)
                .toList();
    }

    private void told(Container container, String words) {
        eventually("it is told: " + words + "; until now " + attempts(container), PATIENCE, () -> attempts(container).stream().anyMatch(a -> a.toString().startsWith(words)));
    }

    /** The page of every server is one that was asked for by its own name. */
    @Test
    void aNameOverTlsAndHttpAndNothingElse() {
        try (Container free = debian().run(); Container step = under(e -> e.allow("repo.example").denyAll())) {
            eventually("the servers answer", PATIENCE, () -> page(free, "https://repo.example/index.html").equals("repo") && page(free, "http://evil.example/index.html").equals("neighbour"));
            assertEquals("neighbour", page(free, "https://evil.example/index.html"), "the control");
            int asked = outside.names.asked().size();
            assertEquals("repo", page(step, "https://repo.example/index.html"));
            assertEquals("repo", page(step, "http://repo.example/index.html"));
            told(step, "allowed tls repo.example " + Outside.REPO + ":443");

            assertEquals(6, curl(step, "https://evil.example/index.html").exitCode(), "it is not resolved");
            assertFalse(outside.names.asked().subList(asked, outside.names.asked().size()).contains("evil.example"), "nor asked for: a name can carry secrets out");
            told(step, "refused dns evil.example");

            Execution forged = curl(step, "--resolve", "other.example:443:" + Outside.REPO, "https://other.example/index.html");
            assertTrue(forged.exitCode() != 0 && forged.stderr().contains("denied"), "the address of an allowed name, but another's name: " + forged.stderr());
            told(step, "refused tls other.example port 443");
            assertEquals("repo", page(step, "--resolve", "repo.example:443:" + Outside.NEIGHBOUR, "https://repo.example/index.html"), "where the name is, not where the container says");
            assertEquals("", page(step, "https://" + Outside.REPO + "/index.html"), "no name");

            Execution host = curl(step, "-H", "Host: other.example", "http://repo.example/index.html");
            assertTrue(host.stdout().contains("The egress policy of this container refuses other.example:80"), host.stdout());
            assertEquals("", page(step, "http://repo.example:8080/index.html"));
            told(step, "refused tcp " + Outside.REPO + ":8080");
            assertEquals("", page(step, "http://" + Outside.NEIGHBOUR + ":8080/index.html"));
            assertEquals("403", curl(step, "-o", "/dev/null", "-w", "%{http_connect}", "-x", "http://repo.example:80", "https://evil.example/").stdout(), "a tunnel");
            assertEquals("repo", page(step, "-x", "http://repo.example:80", "https://repo.example/index.html"), "a tunnel to what is allowed");
            assertEquals("neighbour", page(free, "http://" + Outside.NEIGHBOUR + ":8080/index.html"), "others are as they were");
        }
        assertEquals("", inRouter("nft", "list", "ruleset").lines().filter(l -> l.contains("chain out_")).findAny().orElse(""), "nothing is left of it");
    }

    /** The second request of a connection would reach another site of the same server. */
    @Test
    void oneRequestAConnection() {
        String twice = "import socket; s = socket.create_connection(('repo.example', 80)); s.sendall(b'GET /index.html HTTP/1.1\\r\\nHost: repo.example\\r\\n\\r\\n"
                + "GET /index.html HTTP/1.1\\r\\nHost: other.example\\r\\nX: MARK-second;\\r\\n\\r\\n'); print(b''.join(iter(lambda: s.recv(9999), b'')).decode().count('200 OK'))";
        try (Container step = under(e -> e.allow("repo.example:80"))) {
            eventually("the server answers", PATIENCE, () -> page(step, "http://repo.example/index.html").equals("repo"));
            assertEquals("1", step.exec("/usr/bin/python3", "-c", twice).run().stdout().strip());
            assertFalse(outside.saw("MARK-second"));
        }
    }

    @Test
    void addressesAndPorts() {
        try (Container step = under(e -> e.allow(Outside.REPO + ":8080").allow("198.51.100.0/24:80").deny(Outside.NEIGHBOUR).resolve("*.example"))) {
            eventually("the server answers", PATIENCE, () -> page(step, "http://repo.example:8080/index.html").equals("repo"));
            assertEquals("repo", page(step, "http://" + Outside.REPO + "/index.html"));
            assertEquals("", page(step, "http://" + Outside.NEIGHBOUR + "/index.html"), "denied goes before allowed");
            assertEquals("", page(step, "https://" + Outside.REPO + "/index.html"));
            told(step, "refused tcp " + Outside.REPO + ":443");
            assertNotEquals(0, step.exec("/usr/bin/busybox", "ping", "-c", "1", "-W", "1", Outside.REPO).run().exitCode());
            assertEquals("", page(step, "http://" + step.exec("/usr/bin/getent", "hosts", "host.docker.internal").run().stdout().split(" ")[0] + ":1/"));
        }
        try (Container step = under(e -> e.allow(Outside.REPO))) {
            assertEquals("repo", page(step, "http://" + Outside.REPO + ":8080/index.html"), "every port");
        }
    }

    @Test
    void aNameByAddress() {
        try (Container step = under(e -> e.allowByAddress("repo.example:8080"))) {
            assertEquals("", page(step, "http://" + Outside.REPO + ":8080/index.html"), "nobody has asked yet");
            eventually("the server answers, and its address is open as long as the answer of the name server counts", PATIENCE,
                    () -> page(step, "http://repo.example:8080/index.html").equals("repo") && page(step, "http://" + Outside.REPO + ":8080/index.html").equals("repo"));
            assertEquals("", page(step, "http://" + Outside.REPO + "/index.html"));
            assertEquals("", page(step, "http://" + Outside.NEIGHBOUR + ":8080/index.html"));
            eventually("the answer is too old", Duration.ofSeconds(30), () -> page(step, "http://" + Outside.REPO + ":8080/index.html").isEmpty());
            assertEquals("repo", page(step, "http://repo.example:8080/index.html"), "a new one");
        }
    }

    /** What a cloud tells its machines is open to a rule that means it alone, and to no name. */
    @Test
    void metadataAddresses() {
        try (Container free = debian().run(); Container all = under(e -> e.allowAll().deny(Outside.NEIGHBOUR)); Container named = under(e -> e.allow("rebound.example").allow("repo.example"));
                Container meant = under(e -> e.allow(Outside.METADATA + ":80"))) {
            eventually("the control", PATIENCE, () -> page(free, "http://" + Outside.METADATA + "/index.html").equals("metadata"));
            assertEquals("", page(all, "http://" + Outside.METADATA + "/index.html"));
            told(all, "refused tcp " + Outside.METADATA + ":80");
            assertEquals("repo", page(all, "http://repo.example:8080/index.html"));
            assertEquals("", page(all, "http://evil.example/index.html"));
            assertEquals("", page(named, "http://rebound.example/index.html"));
            told(named, "refused tcp " + Outside.METADATA + ":80");
            assertEquals("", page(named, "--resolve", "rebound.example:80:" + Outside.REPO, "http://rebound.example/index.html"));
            told(named, "refused http rebound.example port 80: it leads to the metadata address");
            assertEquals("metadata", page(meant, "http://" + Outside.METADATA + "/index.html"));
        }
    }

    @Test
    void overIpv6() {
        try (Network six = engine.networks().create("six", n -> n.ipv6())) {
            outside.names.with("six.example", Wire.THERE6);
            try (Container step = debian().network("six").egress(e -> e.allow("six.example:443")).run(); Container free = debian().network("six").run()) {
                six(step, free);
            }
        }
    }

    private void six(Container step, Container free) {
        eventually("the control", PATIENCE, () -> page(free, "-g", "https://[" + Wire.THERE6 + "]/index.html").equals("repo6"));
        assertEquals("repo6", page(step, "-6", "https://six.example/index.html"));
        assertEquals("", page(step, "-g", "https://[" + Wire.THERE6 + "]/index.html"));
        assertEquals("", page(step, "-6", "--resolve", "evil.example:443:[" + Wire.THERE6 + "]", "https://evil.example/index.html"));
        told(step, "refused tls evil.example");
        assertNotEquals(0, step.exec("/usr/bin/busybox", "ping", "-6", "-c", "1", "-W", "1", Wire.THERE6).run().exitCode());
        assertEquals(0, free.exec("/usr/bin/busybox", "ping", "-6", "-c", "1", "-W", "10", Wire.THERE6).run().exitCode());
    }

    @Test
    void liveConnectingRestartAndNetworksThatCannot() {
        try (Network app = engine.networks().create("app"); Container step = under(e -> e.allow("repo.example"))) {
            eventually("the server answers", PATIENCE, () -> page(step, "https://repo.example/index.html").equals("repo"));
            app.connect(step);
            assertEquals("", page(step, "--interface", "eth1", "http://" + Outside.NEIGHBOUR + ":8080/index.html"));
            app.disconnect(step);
            step.restart();
            assertEquals("repo", page(step, "https://repo.example/index.html"));
            assertEquals("", page(step, "http://" + Outside.NEIGHBOUR + ":8080/index.html"));
            try (Network lan = engine.networks().create("lan", n -> n.driver("macvlan").option("parent", "wire0").subnet("198.51.100.0/24").gateway("198.51.100.2").ipRange("198.51.100.64/27"))) {
                assertTrue(assertThrows(NetworkProblem.class, () -> lan.connect(step)).getMessage().contains("egress policy"));
            }
        }
    }

    @Test
    void changedWhileItRuns() throws IOException {
        try (Network app = engine.networks().create("app"); Container step = debian().run()) {
            eventually("the server answers, to one that is held to nothing", PATIENCE, () -> page(step, "http://repo.example:8080/index.html").equals("repo"));
            assertTrue(step.egress().open());
            String asking = "import socket, sys; s = socket.create_connection(('" + Outside.REPO + "', 8080)); print('open', flush=True); sys.stdin.readline(); s.settimeout(5); "
                    + "s.sendall(b'GET /index.html HTTP/1.0\\r\\n\\r\\n'); print(s.recv(9999))";
            try (Held cut = new Held(step, asking); Held kept = new Held(step, asking)) {
                step.egress(e -> e.allow("repo.example:443").denyAll());
                assertEquals("repo.example:443 and nothing else", step.egress().toString());
                assertEquals(step.egress().toString(), new ObjectMapper().readTree(step.inspect().json()).at("/NetworkSettings/Egress").asText());
                assertFalse(cut.goOn().contains("200 OK"), "what was begun before is over");
                assertEquals("repo", page(step, "https://repo.example/index.html"));
                assertEquals("", page(step, "http://" + Outside.REPO + ":8080/index.html"));
                told(step, "refused tcp " + Outside.REPO + ":8080");
                step.egress(e -> e.allow(Outside.REPO + ":8080"));
                assertTrue(kept.goOn().contains("200 OK"), "what is allowed again goes on");
            }
            assertEquals("", page(step, "--resolve", "repo.example:443:" + Outside.REPO, "https://repo.example/index.html"));
            assertEquals("repo", page(step, "http://" + Outside.REPO + ":8080/index.html"));
            app.connect(step);
            assertEquals("", page(step, "--interface", "eth1", "http://" + Outside.NEIGHBOUR + ":8080/index.html"), "where it comes to later");
            step.egress(EgressBuilder::denyAll);
            step.restart();
            assertEquals("", page(step, "http://" + Outside.REPO + ":8080/index.html"));
            assertThrows(InvalidSpec.class, () -> step.egress(e -> e.allow("repo example")));
            assertEquals("nothing", step.egress().toString());
            assertEquals(1, inRouter("nft", "list", "table", "ip", "caisson_egress").lines().filter(l -> l.contains("chain out_")).count(), "the others are gone");
        }
        try (Container alone = busybox("sleep", "100").run()) {
            assertTrue(assertThrows(NetworkProblem.class, () -> alone.egress(EgressBuilder::denyAll)).getMessage().contains("connected to nothing"));
        }
    }

    /** A program that has connected somewhere and waits for a line. */
    private static final class Held implements AutoCloseable {
        private final Exec exec;
        private final BufferedReader said;

        Held(Container in, String python) throws IOException {
            exec = in.exec("/usr/bin/python3", "-c", python).interactive().start();
            said = new BufferedReader(new InputStreamReader(exec.stdout(), StandardCharsets.UTF_8));
            assertEquals("open", said.readLine());
        }

        String goOn() throws IOException {
            exec.stdin().write('\n');
            exec.stdin().flush();
            return said.lines().collect(Collectors.joining());
        }

        @Override
        public void close() {
            exec.close();
        }
    }

    /** Neighbours on a network, and ports that are published, are not what a policy is about. */
    @Test
    void theNetworkItselfAndWhatComesIn() {
        try (Container web = web().network("bridge").port(80).egress(EgressBuilder::denyAll).run(); Container asks = debian().run()) {
            eventually("it is reached from the host", PATIENCE, () -> get("127.0.0.1:" + web.port(80)).equals(name(web)));
            assertEquals(name(web), page(asks, "http://" + web.ipAddress() + "/etc/hostname").strip());
            String there = outside.wire.there("timeout", "10", "bash", "-c", "exec 3<>/dev/tcp/" + Wire.HERE + "/" + web.port(80) + "; printf 'GET /etc/hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3");
            assertEquals(name(web), body(there), "from another host");
            assertNotEquals(0, web.exec("/busybox", "wget", "-q", "-O", "-", "http://" + Outside.NEIGHBOUR + ":8080/index.html").run().exitCode());
        }
    }

    @Test
    void allCapabilitiesAreOfNoUse() {
        EgressAttack attack = new EgressAttack(outside);
        try (Network six = engine.networks().create("six", n -> n.ipv6()); Container other = debian().network("six").capAdd(Capability.ALL).run();
                Container step = debian().network("six").capAdd(Capability.ALL).capDrop(Capability.NET_ADMIN).egress(e -> e.allow("repo.example:443").allow(Outside.REPO + ":8080")).run()) {
            eventually(() -> "the control: an attacker without a policy gets through, " + outside.seen(), PATIENCE, () -> {
                attack.run(other, "free", step.ipAddress()); // each packet is sent once: one that is lost on the way is sent again
                pause(200);
                return attack.throughAsExpected("free");
            });
            attack.run(step, "held", other.ipAddress());
            attack.control(other);
            eventually("what is sent last has arrived", PATIENCE, () -> outside.saw("MARK-last"));
            assertEquals(List.of(), outside.seen().stream().filter(m -> m.startsWith("MARK-held")).sorted().toList());
        }
    }

    /** With NET_ADMIN it could exchange interfaces of the router ({@link ForeignNamespaceTest}), so that no policy would hold it. */
    @Test
    void whoCouldReachTheRouterIsRefused() {
        for (ContainerBuilder wrong : List.of(debian().capAdd(Capability.NET_ADMIN), debian().capAdd(Capability.ALL))) {
            assertTrue(assertThrows(InvalidSpec.class, () -> wrong.egress(EgressBuilder::denyAll).run()).getMessage().contains("NET_ADMIN"));
        }
        try (Container held = under(EgressBuilder::denyAll); Container admin = debian().capAdd(Capability.NET_ADMIN).network("bridge").run()) {
            assertTrue(assertThrows(EngineProblem.class, () -> held.exec("true").privileged().run()).getMessage().contains("NET_ADMIN"));
            assertTrue(assertThrows(NetworkProblem.class, () -> admin.egress(EgressBuilder::denyAll)).getMessage().contains("NET_ADMIN"));
            assertTrue(assertThrows(NetworkProblem.class, () -> beside(held).run()).getMessage().contains("NET_ADMIN"));
            try (Container free = debian().run(); Container beside = beside(free).run()) {
                assertTrue(assertThrows(NetworkProblem.class, () -> free.egress(EgressBuilder::denyAll)).getMessage().contains(beside.name()));
                assertEquals(0, free.exec("/usr/bin/true").privileged().run().exitCode(), "the control");
            }
            try (Container step = within(held).run(); Container free = debian().run(); Container between = within(free).run(); Container behind = beside(between).run()) {
                assertTrue(assertThrows(NetworkProblem.class, () -> beside(step).run()).getMessage().contains("NET_ADMIN"), "through another one");
                assertTrue(assertThrows(EngineProblem.class, () -> step.exec("true").privileged().run()).getMessage().contains("NET_ADMIN"));
                assertTrue(assertThrows(NetworkProblem.class, () -> free.egress(EgressBuilder::denyAll)).getMessage().contains(behind.name()));
            }
        }
    }

    private ContainerBuilder beside(Container held) {
        return within(held).capAdd(Capability.NET_ADMIN);
    }

    private ContainerBuilder within(Container held) {
        return engine.hostRoot().network("container:" + held.name()).command("sleep", "600").stopTimeout(Duration.ZERO);
    }

    /** The kernel remembers flows for minutes; who has an address next must not inherit them. */
    @Test
    void flowsOfAnEarlierContainerWithTheAddress() {
        int port = freePort();
        String wait = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', " + port + ")); d, a = s.recvfrom(99); s.sendto(b'MARK-%s;', a); print(a)";
        String send = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', " + port + ")); s.sendto(b'MARK-%s;', ('%s', 6666))";
        String knock = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 6666)); s.sendto(b'x', ('" + Wire.HERE + "', " + port + "))";
        try (Network app = engine.networks().create("app", n -> n.subnet("10.77.0.0/24")); Container tracked = under(EgressBuilder::denyAll)) { // without a policy the router follows no flows
            try (Container before = engine.hostRoot().network("app", n -> n.ip("10.77.0.9")).port(port, port, dev.caisson.Protocol.UDP).command("/usr/bin/python3", "-c", String.format(wait, "first"))
                    .stopTimeout(Duration.ZERO).run()) {
                eventually("it answers", PATIENCE, () -> {
                    outside.wire.there("/usr/bin/python3", "-c", knock);
                    return outside.saw("MARK-first");
                });
            }
            try (Container after = engine.hostRoot().network("app", n -> n.ip("10.77.0.9")).egress(EgressBuilder::denyAll).command("sleep", "600").stopTimeout(Duration.ZERO).run();
                    Container last = debian().run()) {
                after.exec("/usr/bin/python3", "-c", String.format(send, "inherited", Wire.THERE)).run();
                last.exec("/usr/bin/python3", "-c", String.format(send, "last", Wire.THERE)).run();
                eventually("what is sent last has arrived", PATIENCE, () -> outside.saw("MARK-last"));
                assertFalse(outside.saw("MARK-inherited"));
            }
        }
    }
}
