package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.InvalidSpec;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Networks that the user makes: who reaches whom, with which addresses, and what is refused. Rows 105 and 106. */
class UserNetworksTest extends NetworkTest {
    private ContainerBuilder idle() {
        return busybox("sleep", "600").stopTimeout(Duration.ZERO);
    }

    @Test
    void containersOfOneNetworkReachEachOtherAndNobodyElse() {
        try (Network app = engine.networks().create("app"); Network store = engine.networks().create("store");
                Container web = web().network("app").run(); Container db = web().network("store").run(); Container plain = web().network("bridge").run();
                Container inApp = idle().network("app").run(); Container inStore = idle().network("store").run(); Container inBoth = idle().network("app").network("store").run();
                Container inBridge = idle().network("bridge").run()) {
            List.of(web, db, plain).forEach(this::answering);
            Map<Container, List<Container>> reach = Map.of(inApp, List.of(web), inStore, List.of(db), inBoth, List.of(web, db), inBridge, List.of(plain));
            reach.forEach((from, expected) -> List.of(web, db, plain).forEach(to ->
                    assertEquals(expected.contains(to) ? name(to) : "", expected.contains(to) ? get(from, to.ipAddress()) : getAtOnce(from, to.ipAddress()),
                            from + " -> " + to + " on " + to.networks())));
            assertTrue(web.ipAddress().startsWith(app.subnet().replaceFirst("0/24$", "")), web.ipAddress() + " in " + app.subnet());
            assertEquals(List.of("app", "store"), inBoth.networks());
            assertEquals(List.of(web.id(), inApp.id(), inBoth.id()).stream().sorted().toList(), app.members().stream().map(Network.Member::containerId).sorted().toList());
        }
    }

    @Test
    void anInternalNetworkHasNoWayOutOrIn() {
        try (Network vault = engine.networks().create("vault", n -> n.internal()); Container web = web().network("vault").run();
                Container inside = idle().network("vault").capAdd(Capability.NET_ADMIN).run(); Container both = web().network("vault").network("bridge").port(80).run()) {
            eventually("it answers", PATIENCE, () -> get(inside, web.ipAddress()).equals(name(web)));
            eventually("it answers", PATIENCE, () -> get("127.0.0.1:" + both.port(80)).equals(name(both)));
            assertTrue(vault.internal());
            assertEquals("", getAtOnce(web.ipAddress()), "not even from the host");
            assertFalse(inside.exec("/busybox", "ip", "route").run().stdout().contains("default"));
            assertEquals(name(both), get(both, hostUplink() + ":" + both.port(80)), "the control");
            assertEquals(0, inside.exec("/busybox", "ip", "route", "add", "default", "via", vault.gateway()).run().exitCode());
            assertEquals("", getAtOnce(inside, hostUplink() + ":" + both.port(80)), "not with a route of its own either");
            assertEquals(name(both), get("127.0.0.1:" + both.port(80)), "the ports of one that is elsewhere too are published there");
            assertEquals(name(both), get(inside, both.ipAddress("vault")));
            NetworkProblem refused = assertThrows(NetworkProblem.class, () -> web().network("vault").port(80).run());
            assertTrue(refused.getMessage().contains("'vault' is internal") && !refused.remedy().isEmpty(), refused.getMessage());
        }
    }

    private String hostUplink() {
        String line = output("ip", "-4", "-o", "addr").lines().filter(l -> l.contains("csn")).findFirst().orElseThrow();
        return line.replaceFirst(".*inet ([0-9.]+)/.*", "$1");
    }

    @Test
    void connectedAndDisconnectedWhileItRuns() {
        try (Network app = engine.networks().create("app"); Container web = web().network("app").run(); Container roamer = web().network("bridge").port(80).hostname("roamer").stopTimeout(Duration.ZERO).run()) {
            List.of(web, roamer).forEach(this::answering);
            assertEquals("", getAtOnce(roamer, web.ipAddress()), "not yet");
            app.connect(roamer, n -> n.ip(app.subnet().replaceFirst("0/24$", "77")));
            assertEquals(app.subnet().replaceFirst("0/24$", "77"), roamer.ipAddress("app"));
            assertEquals(name(web), get(roamer, web.ipAddress()));
            assertTrue(etcHosts(roamer).contains(roamer.ipAddress("app") + "\troamer\n"));
            assertThrows(NetworkProblem.class, () -> app.connect(roamer), "a second time");

            roamer.restart();
            answering(roamer);
            assertEquals(name(web), get(roamer, web.ipAddress()), "survives a restart");

            engine.networks().create("late").connect(roamer);
            String route = roamer.exec("/busybox", "ip", "route").run().stdout();
            assertTrue(route.contains("default") && route.contains("dev eth0"), route);
            app.disconnect(roamer);
            assertEquals("", getAtOnce(roamer, web.ipAddress()));
            assertFalse(etcHosts(roamer).contains(app.subnet().replaceFirst("0/24$", "77")));
            assertEquals(List.of("bridge", "late"), roamer.networks());
            assertEquals("roamer", get("127.0.0.1:" + roamer.port(80)), "its port is published over another network");
            assertThrows(NetworkProblem.class, () -> app.disconnect(roamer));
        }
        engine.networks().find("late").orElseThrow().close();
    }

    /** As a test cuts a service off for a while: it comes back under the same number, over the network it was on or another. */
    @Test
    void whatWasPublishedIsPublishedAgainWhenItComesBack() {
        try (Network app = engine.networks().create("app"); Network other = engine.networks().create("other"); Network vault = engine.networks().create("vault", n -> n.internal());
                Container web = web().network("app").port(80).run()) {
            answering(web);
            int port = web.port(80);
            app.disconnect(web);
            assertEquals("", getAtOnce("127.0.0.1:" + port));
            app.connect(web);
            assertEquals(port, web.port(80));
            assertEquals(name(web), get("127.0.0.1:" + port));
            app.disconnect(web);
            vault.connect(web);
            assertThrows(NetworkProblem.class, () -> web.port(80), "there is no way in");
            other.connect(web);
            assertEquals(name(web), get("127.0.0.1:" + web.port(80)));
            app.connect(web);
            assertEquals(port, web.port(80), "once is enough");
        }
    }

    private static String etcHosts(Container container) {
        return container.exec("/busybox", "cat", "/etc/hosts").run().stdout();
    }

    @Test
    void theDefaultRouteLeadsOverWhatIsLeft() {
        try (Network first = engine.networks().create("first"); Network second = engine.networks().create("second");
                Container two = idle().network("first").network("second").run()) {
            assertTrue(two.exec("/busybox", "ip", "route").run().stdout().contains("default via " + first.gateway()));
            first.disconnect(two);
            assertTrue(two.exec("/busybox", "ip", "route").run().stdout().contains("default via " + second.gateway()));
            first.connect(two);
            assertTrue(two.exec("/busybox", "ip", "route").run().stdout().contains("default via " + second.gateway()), "it stays");
        }
    }

    @Test
    void addressesAreThoseAskedForAndAnExhaustionSaysWhoHasThem() {
        try (Network tiny = engine.networks().create("tiny", n -> n.subnet("10.40.0.0/29").gateway("10.40.0.6").ipRange("10.40.0.0/30").label("team", "a"))) {
            assertEquals("10.40.0.0/29 10.40.0.6 {team=a}", tiny.subnet() + " " + tiny.gateway() + " " + tiny.labels());
            try (Container fixed = idle().network("tiny").ip("10.40.0.5").run(); Container one = idle().network("tiny").run(); Container two = idle().network("tiny").run();
                    Container three = idle().network("tiny").run()) {
                assertEquals("10.40.0.5 10.40.0.1 10.40.0.2 10.40.0.3", String.join(" ", fixed.ipAddress(), one.ipAddress(), two.ipAddress(), three.ipAddress()));
                NetworkProblem full = assertThrows(NetworkProblem.class, () -> idle().network("tiny").run());
                assertTrue(full.getMessage().contains("10.40.0.0/30") && full.getMessage().contains("10.40.0.2 container " + two.id()), full.getMessage());
                NetworkProblem taken = assertThrows(NetworkProblem.class, () -> idle().network("tiny").ip("10.40.0.5").run());
                assertTrue(taken.getMessage().contains("container " + fixed.id() + " has it"), taken.getMessage());
                assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("tiny").ip("10.40.0.6").run()).getMessage().contains("gateway"));
                assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("tiny").ip("10.41.0.5").run()).getMessage().contains("10.40.0.0/29"));
                assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("bridge").ip("10.40.0.5").run()).getMessage().contains("'bridge'"));
            }
            try (Container again = idle().network("tiny").run()) {
                assertTrue(again.ipAddress().matches("10\\.40\\.0\\.[123]"), "given back: " + again.ipAddress());
            }
        }
    }

    @Test
    void aSubnetThatIsInUseIsRefused() {
        try (Network one = engine.networks().create("one", n -> n.subnet("10.40.0.0/24")); Container bridged = idle().network("bridge").run()) {
            for (String taken : List.of("10.40.0.0/24", "10.40.0.128/25", "10.0.0.0/8", bridged.ipAddress().replaceFirst("\\.\\d+\\.\\d+$", ".0.0/16"))) {
                NetworkProblem refused = assertThrows(NetworkProblem.class, () -> engine.networks().create("two", n -> n.subnet(taken)), taken);
                assertTrue(refused.getMessage().contains("overlaps") && !refused.remedy().isEmpty(), refused.getMessage());
            }
            assertEquals(List.of(one), engine.networks().list());
        }
        engine.networks().create("two", n -> n.subnet("10.40.0.0/24")).close();
    }

    /** Row 110. */
    @Test
    void namesAreUniqueInARootAndHostileOnesRefused() {
        try (Network app = engine.networks().create("app"); Engine other = Engine.builder().root(directory.resolve("engine")).runDirectory(directory.resolve("run")).build()) {
            assertTrue(assertThrows(InvalidSpec.class, () -> engine.networks().create("app")).getMessage().contains(app.id()));
            assertTrue(assertThrows(InvalidSpec.class, () -> other.networks().create("app")).getMessage().contains("of engine "));
            NetworkProblem unknown = assertThrows(NetworkProblem.class, () -> other.rootfs(root.path()).command("/bin/true").network("app").run(), "another engine's");
            assertTrue(unknown.remedy().contains("create(\"app\")"), unknown.remedy());
            for (String name : List.of("", ".", "..", "../x", "a/b", "-x", "a b", "a\nb", "a\0b", "bridge", "host", "none", "default", "container:x", "x".repeat(129))) {
                assertThrows(InvalidSpec.class, () -> engine.networks().create(name), name);
            }
            for (String driver : List.of("../../bin/true", "/bin/true", "", "brigde")) {
                assertTrue(assertThrows(InvalidSpec.class, () -> engine.networks().create("x", n -> n.driver(driver))).getMessage().contains("network driver"), driver);
            }
            InvalidSpec option = assertThrows(InvalidSpec.class, () -> engine.networks().create("x", n -> n.option("com.docker.network.driver.mtuu", "1").subnet("10.40.0.1/24")));
            assertTrue(option.getMessage().contains("com.docker.network.driver.mtu"), option.getMessage());
            assertEquals(List.of("app"), engine.networks().list().stream().map(Network::name).toList());
        }
        engine.networks().create("app").close();
    }

    @Test
    void removedOnlyWhenNobodyIsOnIt() {
        Network app = engine.networks().create("app", n -> n.option("com.docker.network.driver.mtu", "1400"));
        engine.networks().create("unused");
        try (Container one = idle().name("one").network("app").run()) {
            assertTrue(one.exec("/busybox", "ip", "link").run().stdout().contains("mtu 1400"));
            assertTrue(assertThrows(NetworkProblem.class, app::remove).getMessage().contains("container one"));
            assertEquals(List.of("unused"), engine.networks().prune());
            app.close();
            assertEquals(List.of(), one.networks(), "close() takes it off");
            assertFalse(one.exec("/busybox", "ip", "link").run().stdout().contains("eth0"));
        }
        app.close();
        assertThrows(NetworkProblem.class, () -> engine.networks().remove("app"));
        assertThrows(NetworkProblem.class, () -> idle().network("app").run());
    }

    /** execute() removes its container in the background. */
    @Test
    void closedWhileItsContainersAreBeingRemoved() {
        for (int i = 0; i < 20; i++) {
            try (Network app = engine.networks().create("app")) {
                assertEquals(0, busybox("true").network("app").execute().exitCode());
            }
        }
        assertEquals(List.of(), engine.networks().list());
    }

    @Test
    void withoutTalkAmongThemselves() {
        try (Network quiet = engine.networks().create("quiet", n -> n.option("com.docker.network.bridge.enable_icc", "false"));
                Container web = web().network("quiet").port(80).run(); Container other = idle().network("quiet").run()) {
            answering(web);
            assertEquals("", getAtOnce(other, web.ipAddress()));
            assertEquals(name(web), get(other, hostUplink() + ":" + web.port(80)), "over the host it is published to everybody");
        }
    }

    @Test
    void theNetworkOfAnotherContainer() {
        try (Container web = web().name("web").hostname("front").network("bridge").run(); Container beside = idle().network("container:web").run();
                Container lonely = idle().networkNone().run(); Container besideLonely = web().network("container:" + lonely.id().substring(0, 12)).run()) {
            answering(web);
            assertEquals("front", get(beside, "127.0.0.1"));
            assertTrue(etcHosts(beside).contains(web.ipAddress() + "\tfront\n"));
            eventually("it answers", PATIENCE, () -> !get(lonely, "127.0.0.1").isEmpty());
            beside.restart();
            assertEquals("front", get(beside, "127.0.0.1"), "also after a restart");
            assertThrows(NetworkProblem.class, () -> idle().network("container:nobody").run());
            assertThrows(NetworkProblem.class, () -> engine.networks().create("late").connect(lonely));
            try (Container host = idle().networkHost().run()) {
                assertTrue(assertThrows(NetworkProblem.class, () -> idle().network("container:" + host.id()).run()).getMessage().contains("the host's network"));
            }
        }
        assertThrows(InvalidSpec.class, () -> idle().network("container:web").port(80).spec());
        assertThrows(InvalidSpec.class, () -> idle().network("bridge").networkHost().spec());
    }

    @Test
    void fiveHundredComeAndGo() {
        for (int i = 0; i < 360; i++) {
            engine.networks().create("n" + i).close();
        }
        for (int i = 0; i < 140; i++) {
            engine.networks().create("m" + i);
        }
        assertEquals(140, engine.networks().list().stream().map(Network::subnet).distinct().count(), "more than fit into one /16 at a time");
        assertEquals(140, engine.networks().prune().size());
    }
}
