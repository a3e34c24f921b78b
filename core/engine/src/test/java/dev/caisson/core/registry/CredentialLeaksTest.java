package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.RegistryAccess;
import dev.caisson.core.image.MediaTypes;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.OwnRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** security.md row 82: a password is for the registry it was given for, whatever that says. */
@Tag("host")
class CredentialLeaksTest {
    private static final StubImage IMAGE = StubImage.of(1000);
    private static final String BASIC = "Basic " + Base64.getEncoder().encodeToString("me:pw".getBytes(StandardCharsets.UTF_8));

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;
    private StubRegistry other;
    private RegistryAccess login;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        registry = new StubRegistry(IMAGE);
        other = new StubRegistry(IMAGE);
        login = RegistryAccess.of(registry.host()).login("me", "pw");
    }

    @AfterEach
    void close() {
        registry.close();
        other.close();
        room.close();
    }

    /** Nothing without a password. */
    private void guarded(String path, com.sun.net.httpserver.HttpHandler inside) {
        registry.on(path, exchange -> {
            if (BASIC.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                inside.handle(exchange);
            } else {
                StubRegistry.status(401, "WWW-Authenticate", "Basic realm=\"x\"").handle(exchange);
            }
        });
    }

    private void nothingLeaked(StubRegistry to) {
        assertEquals(List.of(), to.asked.stream().filter(a -> !a.header("Authorization").isEmpty() || a.toString().contains(BASIC.substring(6))).toList());
    }

    @Test
    void blobsElsewhere() {
        String blob = StubRegistry.blob(IMAGE.layers().get(0));
        guarded(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_MANIFEST, IMAGE.manifest()));
        for (String host : List.of(other.host(), other.otherHost(), registry.otherHost())) {
            for (int status : List.of(301, 302, 303, 307, 308)) {
                guarded(blob, StubRegistry.status(status, "Location", "http://" + host + "/elsewhere?signature=x"));
                other.on("/elsewhere", StubRegistry.bytes("application/octet-stream", IMAGE.layers().get(0)));
                registry.on("/elsewhere", StubRegistry.bytes("application/octet-stream", IMAGE.layers().get(0)));
                room.pull(registry.name(), login);
                room.images.remove(registry.name());
            }
        }
        assertTrue(other.asked.size() >= 10);
        nothingLeaked(other);
        assertEquals(List.of(), registry.asked.stream().filter(a -> a.uri().startsWith("/elsewhere") && !a.header("Authorization").isEmpty()).toList(), "another name is another server");
        assertTrue(registry.asked.stream().anyMatch(a -> a.header("Authorization").equals(BASIC)), "the control: it did have the password");
    }

    @Test
    void backByWayOfAnother() {
        guarded(StubRegistry.MANIFEST, StubRegistry.status(307, "Location", "http://" + other.host() + "/hop"));
        other.on("/hop", StubRegistry.status(401, "WWW-Authenticate", "Basic realm=\"give it to me\""));
        room.refused("wants to know", registry.name(), login);
        nothingLeaked(other);
    }

    @Test
    void tokenServersElsewhere() {
        for (String realm : List.of("http://token.example.com/t", "http://127.0.0.1.example.com/t", "http://evil.test:80/t")) {
            registry.on(StubRegistry.MANIFEST, StubRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"" + realm + "\",service=\"s\""));
            room.refused("another domain", registry.name(), login);
        }
        for (String realm : List.of("file:///etc/passwd", "", "//", "http://me@127.0.0.1/", "gopher://127.0.0.1/", "http://[")) {
            registry.on(StubRegistry.MANIFEST, StubRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"" + realm + "\",service=\"s\""));
            room.refused("no usable token server", registry.name(), login);
        }
    }

    /** Without credentials there is nothing to keep: anybody's token server will do. */
    @Test
    void anonymousTokens() {
        registry.on(StubRegistry.MANIFEST, exchange -> (String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")).equals("Bearer abc")
                ? StubRegistry.bytes(MediaTypes.OCI_MANIFEST, IMAGE.manifest())
                : StubRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"http://" + other.otherHost() + "/token\",service=\"s\",scope=\"repository:a/app:pull\"")).handle(exchange));
        other.on("/token", StubRegistry.bytes("application/json", "{\"token\":\"abc\"}".getBytes(StandardCharsets.UTF_8)));
        room.pull(registry.name());
        assertEquals("/token?service=s&scope=repository%3Aa%2Fapp%3Apull", other.asked.get(0).uri());
        for (String junk : List.of("{}", "[]", "{\"token\":\"a\\r\\nX-Evil: 1\"}", "{\"token\":\"\"}", "<html>", "")) {
            other.on("/token", StubRegistry.bytes("application/json", junk.getBytes(StandardCharsets.UTF_8)));
            room.images.list().stream().toList().forEach(i -> room.images.remove(i.config().toString()));
            room.refused("", registry.name());
        }
    }

    /** A layer that names another source of itself: the registry alone is asked. */
    @Test
    void foreignLayers() {
        registry.serve(IMAGE.manifest(IMAGE.manifestText().replace("\"size\":" + IMAGE.layers().get(0).length, "\"urls\":[\"http://" + other.host() + "/layer\"],\"size\":" + IMAGE.layers().get(0).length)));
        room.pull(registry.name(), login);
        assertEquals(List.of(), other.asked);
    }

    @Test
    void fromTlsToPlain() {
        Pki pki = new Pki(temp.resolve("pki"));
        // What redirects with TLS is openssl's own server, which answers with a file, headers and all.
        Pki.Identity identity = pki.server();
        dev.caisson.core.image.PlainLayers.output("sh", "-ec", "mkdir -p " + temp + "/www/v2/a/app/manifests; printf 'HTTP/1.1 307 Moved\\r\\nLocation: http://" + other.host()
                + StubRegistry.MANIFEST + "\\r\\nContent-Length: 0\\r\\n\\r\\n' > " + temp + "/www/v2/a/app/manifests/v1");
        try (SslServer server = SslServer.start(temp.resolve("www"), identity, "-HTTP")) {
            room.refused("redirects from TLS to plain HTTP", server.host() + "/a/app:v1", RegistryAccess.of(server.host()).certificates(pki.directory()).login("me", "pw"));
            assertEquals(List.of(), other.asked);
        }
        try (SslServer server = SslServer.start(temp.resolve("www"), identity, "-HTTP", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")) {
            room.refused("cannot be used", server.host() + "/a/app:v1", RegistryAccess.of(server.host()).certificates(pki.directory()).login("me", "pw"));
        }
    }

    @Test
    void proxiesSeeNoPassword() {
        // A proxy of plain HTTP is named for what it is not: loopback is never proxied, and another name is not found.
        room.refused("cannot be used", "registry.example.org/a/app:v1", Map.of("HTTPS_PROXY", "http://" + other.host()), RegistryAccess.of("registry.example.org").login("me", "pw"));
        assertTrue(other.asked.stream().allMatch(a -> a.method().equals("CONNECT")), other.asked.toString());
        nothingLeaked(other);
    }

    @Test
    void mirrorsGetTheirOwn() {
        room.pull(other.host() + StubRegistry.NAME, RegistryAccess.of(other.host()).login("me", "pw").mirror("http://" + registry.host()));
        assertEquals(List.of(), other.asked);
        nothingLeaked(registry);
    }

    @Test
    void secretsAreNotShown() {
        assertTrue(!login.toString().contains("pw") && !new Credentials("me", "pw").toString().contains("pw"));
        try (OwnRegistry real = OwnRegistry.password(temp.resolve("real"), "me", "another")) {
            String message = room.refused("wants to know", real.host() + StubRegistry.NAME, RegistryAccess.of(real.host()).login("me", "sesame")).toString();
            assertTrue(!message.contains("sesame"), message);
        }
    }
}
