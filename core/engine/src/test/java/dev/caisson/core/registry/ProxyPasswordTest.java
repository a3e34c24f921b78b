package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.core.image.MediaTypes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proxies that want to know who asks: user and password stand in the variable, as docker, curl and Go read it. */
class ProxyPasswordTest {
    private static final StubImage IMAGE = StubImage.of(1000);
    private static final String REGISTRY = "registry.example.org";
    private static final String NAME = REGISTRY + "/a/app:v1";

    @TempDir
    Path temp;
    private PullRoom room;
    /** Stands for the registry too: who is asked by way of a proxy of plain HTTP is told the whole address. */
    private StubRegistry proxy;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        proxy = new StubRegistry(IMAGE);
    }

    @AfterEach
    void close() {
        proxy.close();
        room.close();
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> shown(StubRegistry to) {
        return to.asked.stream().map(a -> a.header("Proxy-Authorization")).distinct().toList();
    }

    @Test
    void theProxyIsTold() {
        for (Map.Entry<String, String> pair : Map.of("me:pw", "me:pw", "me:p%40w%2F+%25", "me:p@w/+%", "me", "me:", "me:p#w@x", "me:p#w@x").entrySet()) {
            proxy.asked.clear();
            room.pull(NAME, Map.of("HTTP_PROXY", "http://" + pair.getKey() + "@" + proxy.host()), RegistryAccess.of(REGISTRY).plainHttp());
            assertEquals(List.of(basic(pair.getValue())), shown(proxy), pair.getKey());
            assertTrue(proxy.asked.get(0).uri().startsWith("http://" + REGISTRY + "/"), proxy.asked::toString);
            room.images.remove(NAME);
        }
        proxy.asked.clear();
        room.pull(NAME, Map.of("http_proxy", proxy.host()), RegistryAccess.of(REGISTRY).plainHttp());
        assertEquals(List.of(""), shown(proxy));
    }

    /** Row 82: nobody else is; not who is asked without it, be it by a redirect. */
    @Test
    void nobodyElseIs() {
        try (StubRegistry elsewhere = new StubRegistry(IMAGE)) {
            proxy.on(StubRegistry.MANIFEST, exchange -> ("Bearer abc".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                    ? StubRegistry.bytes(MediaTypes.OCI_MANIFEST, IMAGE.manifest())
                    : StubRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"http://" + REGISTRY + "/token\",service=\"s\"")).handle(exchange));
            proxy.on("/token", StubRegistry.bytes("application/json", "{\"token\":\"abc\"}".getBytes(StandardCharsets.UTF_8)));
            String blob = StubRegistry.blob(IMAGE.layers().get(0));
            proxy.on(blob, StubRegistry.status(307, "Location", "http://" + elsewhere.host() + blob));
            room.pull(NAME, Map.of("HTTP_PROXY", "http://me:pw@" + proxy.host()), RegistryAccess.of(REGISTRY).plainHttp());
            assertEquals(List.of(basic("me:pw")), shown(proxy), "the token server is asked by way of it too");
            assertTrue(proxy.asked.stream().anyMatch(a -> a.uri().contains("/token")));
            assertEquals(List.of(""), shown(elsewhere), "loopback is never proxied");
        }
    }

    @Test
    void oneThatRefuses() throws IOException {
        proxy.on(StubRegistry.MANIFEST, StubRegistry.status(407, "Proxy-Authenticate", "Basic realm=x"));
        ImageProblem problem = room.refused("the proxy", NAME, Map.of("HTTP_PROXY", "http://me:sesame@" + proxy.host()), RegistryAccess.of(REGISTRY).plainHttp());
        assertTrue(problem.remedy().contains("http://USER:PASSWORD@"), problem.remedy());
        try (ServerSocket tunnels = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            new Thread(() -> refuse(tunnels)).start();
            problem = room.refused("the proxy", NAME, Map.of("HTTPS_PROXY", "http://me:sesame@127.0.0.1:" + tunnels.getLocalPort()));
            assertTrue(problem.remedy().contains("-Djdk.http.auth.tunneling.disabledSchemes="), "a JVM keeps passwords from proxies of TLS unless it is told otherwise: " + problem.remedy());
            assertFalse(problem.toString().contains("sesame"), problem.toString());
            proxy.on(StubRegistry.MANIFEST, StubRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"https://token.example.org/t\""));
            room.refused("the proxy", proxy.name(), Map.of("HTTPS_PROXY", "http://127.0.0.1:" + tunnels.getLocalPort()));
        }
    }

    /** Until it is closed. The JDK's server knows no CONNECT. */
    private static void refuse(ServerSocket server) {
        while (true) {
            try (Socket client = server.accept()) {
                client.getInputStream().read(new byte[4096]);
                client.getOutputStream().write("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** Names with underscores are usual among containers. What is no proxy of HTTP is told as what it is. */
    @Test
    void addressesOfProxies() {
        for (String none : List.of("socks5://127.0.0.1:1080", "http://me:sesame@:3128", "http://p:99999", "http://", "::", "http://me:sesame@p:x")) {
            ImageProblem problem = room.refused("is no address of an HTTP proxy", NAME, Map.of("HTTPS_PROXY", none));
            assertTrue(problem.remedy().contains("http://"), problem.remedy());
            assertFalse(problem.toString().contains("sesame"), problem.toString());
        }
        ImageProblem problem = room.refused("cannot be used", NAME, Map.of("HTTPS_PROXY", "http://no_such_proxy:3128"));
        assertFalse(problem.getMessage().contains("HTTP: "), problem.getMessage());
    }
}
