package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Stage;
import dev.caisson.core.image.MediaTypes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What token servers answer, and to which addresses a token goes. */
class TokenAnswersTest {
    private static final StubImage IMAGE = StubImage.of(1000);

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        registry = new StubRegistry(IMAGE);
        guard("service=\"s\",scope=\"repository:a/app:pull\"");
    }

    @AfterEach
    void close() {
        registry.close();
        room.close();
    }

    private void guard(String challenge) {
        registry.on(StubRegistry.MANIFEST, exchange -> ("Bearer abc".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                ? StubRegistry.bytes(MediaTypes.OCI_MANIFEST, IMAGE.manifest())
                : StubRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\"," + challenge)).handle(exchange));
    }

    private void token(String json) {
        registry.on("/token", StubRegistry.bytes("application/json", json.getBytes(StandardCharsets.UTF_8)));
    }

    /** Distribution spec, token authentication: clients take either; a server may write the one it does not use as an empty text. */
    @Test
    void underEitherName() {
        for (String json : List.of("{\"token\":\"abc\"}", "{\"access_token\":\"abc\"}", "{\"token\":\"\",\"access_token\":\"abc\"}", "{\"token\":null,\"access_token\":\"abc\"}",
                "{\"access_token\":\"\",\"token\":\"abc\",\"expires_in\":0}", "{\"token\":\"abc\",\"expires_in\":-1,\"issued_at\":\"never\"}")) {
            token(json);
            room.pull(registry.name());
        }
    }

    @Test
    void severalScopesAreSeveralParameters() {
        guard("service=\"s\",scope=\"repository:a/app:pull repository:b/base:pull\"");
        token("{\"token\":\"abc\"}");
        room.pull(registry.name());
        assertEquals("/token?service=s&scope=repository%3Aa%2Fapp%3Apull&scope=repository%3Ab%2Fbase%3Apull",
                registry.asked.stream().map(StubRegistry.Asked::uri).filter(u -> u.startsWith("/token")).findFirst().orElseThrow());
    }

    /** Row 82: a proxy in front of a registry writes the port that everybody means anyway; any other one is somebody else. */
    @Test
    void thePortThatIsMeantAnyway() {
        for (String same : List.of("https://r.test/", "https://r.test:443/v2/", "https://R.TEST/x")) {
            assertTrue(Requests.sameServer(URI.create(same), URI.create("https://r.test")), same);
            assertTrue(Requests.sameServer(URI.create(same), URI.create("https://r.test:443")), same);
        }
        assertTrue(Requests.sameServer(URI.create("http://r.test:80/"), URI.create("http://r.test")));
        for (String other : List.of("http://r.test/", "http://r.test:443/", "https://r.test:80/", "https://r.test:5000/", "https://r.test.evil.test/", "https://evil-r.test:443/")) {
            assertFalse(Requests.sameServer(URI.create(other), URI.create("https://r.test")), other);
        }
    }

    /** RFC 3986, 5.4: what the JDK takes for the name of a file beside the old one. */
    @Test
    void addressesWithAQueryAlone() {
        URI from = URI.create("http://r.test/v2/a/blobs/uploads/1?state=x");
        assertEquals("http://r.test/v2/a/blobs/uploads/1?state=y", String.valueOf(target(from, "?state=y")));
        assertEquals("http://r.test/v2/a/blobs/uploads/2?state=y", String.valueOf(target(from, "2?state=y")));
        assertEquals("http://r.test/v2/b?c", String.valueOf(target(from, "/v2/b?c")));
        assertEquals("http://other.test/v2/b", String.valueOf(target(from, "//other.test/v2/b")));
    }

    private URI target(URI from, String location) {
        try (Registries registries = new Registries(List.of(), java.util.Map.of())) {
            return Requests.target(Stage.PUSH, registries.itself("r.test"), from, location);
        }
    }
}
