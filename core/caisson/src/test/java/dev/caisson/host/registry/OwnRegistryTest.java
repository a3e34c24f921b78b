package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.Engine;
import dev.caisson.ImageProblem;
import dev.caisson.Registry;
import dev.caisson.RegistryAccess;
import dev.caisson.RegistryServer;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.registry.Pki;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines push to a registry of ours and run what they pull from it. */
class OwnRegistryTest extends EngineTest {
    private final Map<String, UnaryOperator<RegistryServer.Builder>> settings = Map.of(
            "open", b -> b,
            "password", b -> b.user("me", "pw"),
            "token", b -> b.user("me", "pw").tokens(Duration.ofMinutes(1)),
            "TLS and token", b -> b.user("me", "pw").tokens(Duration.ofMinutes(1)).tls(pki().certificate(), pki().key()));

    private Pki.Identity pki;

    private Pki.Identity pki() {
        pki = pki == null ? new Pki(directory.resolve("pki")).server() : pki;
        return pki;
    }

    private Engine engine(String name, RegistryAccess access) {
        return Engine.builder().root(directory.resolve(name)).runDirectory(directory.resolve(name + "-run")).registry(access).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "password", "token", "TLS and token"})
    void pushedPulledAndRun(String how) {
        try (RegistryServer server = settings.get(how).apply(Registry.serve(directory.resolve("registry"))).start()) {
            RegistryAccess access = how.startsWith("TLS") ? RegistryAccess.of(server.host()).certificates(directory.resolve("pki")) : RegistryAccess.of(server.host());
            RegistryAccess known = how.equals("open") ? access : access.login("me", "pw");
            String name = server.host() + "/team/tiny:v1";
            String digest;
            try (Engine here = engine("here", known)) {
                here.images().importRootfs(root.tar(directory.resolve("tiny.tar")), name, "CMD [\"/bin/observer\", \"echo\", \"hello\"]");
                digest = here.images().push(name);
                here.images().tag(name, server.host() + "/other/tiny:v2");
                assertEquals(digest, here.images().push(server.host() + "/other/tiny:v2"), "its layer was mounted");
                assertEquals(List.of("v1"), here.registry(server.host()).tags("team/tiny"));
            }
            try (Engine there = engine("there", known)) {
                for (String reference : List.of(name, server.host() + "/other/tiny@" + digest)) {
                    there.images().pull(reference);
                    assertEquals("hello\n", there.image(reference).execute().stdout());
                }
            }
            if (!how.equals("open")) {
                try (Engine stranger = engine("stranger", access.login("me", "no"))) {
                    assertThrows(ImageProblem.class, () -> stranger.images().pull(name));
                }
            }
        }
    }
}
