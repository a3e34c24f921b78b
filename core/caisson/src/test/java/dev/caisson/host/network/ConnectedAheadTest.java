package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Namespaces and spare containers that are connected before anybody asks for them: unseen until they are somebody's, and then like any other. */
class ConnectedAheadTest extends NetworkTest {
    private static final Pattern PORT = Pattern.compile("(?m)^(\\d+): c\\d+@");

    /** The ports of containers in the router, by the interfaces' numbers. */
    private static Set<String> ports() {
        return PORT.matcher(inRouter("ip", "-o", "link")).results().map(m -> m.group(1)).collect(Collectors.toSet());
    }

    /** That of a container. */
    private static String port(Container container) {
        return container.exec("/busybox", "cat", "/sys/class/net/eth0/iflink").run().stdout().strip();
    }

    /** Who answers of the first addresses of a network. */
    private static List<String> answering(Container from, String subnet) {
        String start = subnet.replaceFirst("0/24$", "");
        return from.exec("/busybox", "sh", "-c", "for i in 2 3 4 5 6 7 8 9 10 11 12; do (/busybox ping -c 1 -W 1 " + start + "$i >/dev/null && echo " + start + "$i) & done; wait").run()
                .stdout().lines().sorted().toList();
    }

    private void likeAnyOther(Container web, Container client, Network app) {
        eventually("its port is published", PATIENCE, () -> get("127.0.0.1:" + web.port(80)).equals(name(web)));
        assertEquals(name(web), get(client, web.ipAddress()), "its neighbour reaches it, which asked for the address in vain a moment ago");
        assertEquals(name(web), get(client, web.name() + ":80"), "by name");
        List<String> both = List.of(client.ipAddress(), web.ipAddress()).stream().sorted().toList();
        eventually("these two answer, and nobody else", PATIENCE, () -> answering(client, app.subnet()).equals(both));
        assertTrue(web.exec("/busybox", "cat", "/etc/hosts").run().stdout().contains(web.ipAddress() + "\t" + name(web) + "\n"));
        assertEquals(Set.of(client.id(), web.id()), app.members().stream().map(Network.Member::containerId).collect(Collectors.toSet()));
        web.restart();
        eventually("it comes again", PATIENCE, () -> get("127.0.0.1:" + web.port(80)).equals(name(web)));
        app.disconnect(web);
        assertEquals("", get(client, web.name() + ":80"));
        app.connect(web);
        assertEquals(name(web), get(client, web.name() + ":80"), "it has an address again, for which its neighbour may just have asked in vain");
    }

    /** Whatever is on the network has a port of its bridge; who is nobody answers nobody. */
    private void unseen(Container client, Network app) {
        eventually("more are connected than there are", PATIENCE, () -> ports().size() > 1);
        assertEquals(List.of(client.id()), app.members().stream().map(Network.Member::containerId).toList());
        assertEquals(List.of(client.id()), engine.containers().stream().map(Container::id).toList());
        assertEquals(List.of(client.ipAddress()), answering(client, app.subnet()));
    }

    private void twice(ContainerBuilder web) {
        web.run().close();
        web.run().close();
    }

    @Test
    void namespaces() {
        try (Network app = engine.networks().create("app"); Container client = busybox("sleep", "600").network("app").stopTimeout(Duration.ZERO).run()) {
            ContainerBuilder web = web().network("app").port(80).stopTimeout(Duration.ZERO);
            twice(web);
            unseen(client, app);
            Set<String> ahead = ports();
            try (Container next = web.name("next").run()) {
                assertTrue(ahead.contains(port(next)), ahead + " have " + port(next));
                likeAnyOther(next, client, app);
            }
        }
        eventually("they went with their network", PATIENCE, () -> ports().isEmpty());
    }

    @Test
    void spareContainers() throws IOException {
        Files.copy(Path.of("/bin/busybox"), root.at("busybox"));
        try (Network app = engine.networks().create("app"); Container client = busybox("sleep", "600").network("app").stopTimeout(Duration.ZERO).run()) {
            ContainerBuilder web = tiny().network("app").port(80).stopTimeout(Duration.ZERO).command("/busybox", "httpd", "-f", "-p", "80", "-h", "/");
            twice(web);
            unseen(client, app);
            Set<String> ahead = Set.of(java.util.Objects.requireNonNull(containers().list()));
            try (Container next = web.name("next").run()) {
                assertTrue(ahead.contains(next.id()), ahead + " have " + next.id());
                likeAnyOther(next, client, app);
            }
            twice(web);
            unseen(client, app);
            app.close();
            eventually("they went with their network", PATIENCE, () -> ports().isEmpty());
            try (Network again = engine.networks().create("app"); Container next = web.run()) {
                app.remove(); // it is over, and no other's
                eventually("it is on the new one", PATIENCE, () -> get(next.ipAddress("app")).equals(name(next)));
                assertEquals(List.of(next.id()), again.members().stream().map(Network.Member::containerId).toList());
            }
        }
    }

    /** The directories of the engine's containers, those that are nobody's too. */
    private java.io.File containers() throws IOException {
        try (var engines = Files.list(directory.resolve("engine").resolve("engines"))) {
            return engines.findFirst().orElseThrow().resolve("containers").toFile();
        }
    }
}
