package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.RealRegistry;
import dev.caisson.testkit.registry.TokenServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Login and logout as docker and skopeo understand them; tags. */
@Tag("host")
class LoginTest {
    @TempDir
    Path temp;
    private final Map<String, String> environment = new HashMap<>();
    private Path config;

    @BeforeEach
    void set() {
        config = temp.resolve("docker/config.json");
        environment.put("DOCKER_CONFIG", config.getParent().toString());
    }

    private Registries registries(RegistryAccess... access) {
        return new Registries(List.of(access), environment, PullRoom.QUICK, PullRoom.PATIENCE);
    }

    private String sh(String script) {
        return PlainLayers.output("sh", "-ec", "cd " + temp + "; " + script);
    }

    @Test
    void whatIsKeptIsWhatOthersRead() throws IOException {
        try (RealRegistry server = RealRegistry.password(temp.resolve("registry"), "me", "p:w"); Registries registries = registries()) {
            RemoteRegistry registry = new RemoteRegistry(registries, server.host());
            assertThrows(ImageProblem.class, () -> registry.tags("team/app"));
            ImageProblem wrong = assertThrows(ImageProblem.class, () -> registry.login("me", "wrong"));
            assertTrue(wrong.getMessage().contains("does not know user me") && !wrong.getMessage().contains("wrong with"), wrong.getMessage());
            assertFalse(Files.exists(config));
            registry.login("me", "p:w");
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(config)));
            sh("umoci init --layout oci; umoci new --image oci:v1");
            for (String tag : List.of("v1", "v2")) {
                sh("skopeo copy -q --dest-tls-verify=false --authfile " + config + " oci:oci:v1 docker://" + server.host() + "/team/app:" + tag);
            }
            assertEquals(List.of("v1", "v2"), registry.tags("team/app").stream().sorted().toList());
            registry.logout();
            assertFalse(Files.readString(config).contains(server.host()));
            assertThrows(ImageProblem.class, () -> registry.tags("team/app"));
        }
    }

    @Test
    void withATokenServer() {
        Pki pki = new Pki(temp.resolve("pki"));
        try (TokenServer tokens = new TokenServer(pki, "me", "pw"); RealRegistry server = RealRegistry.token(temp.resolve("registry"), tokens); Registries registries = registries()) {
            RemoteRegistry registry = new RemoteRegistry(registries, server.host());
            assertThrows(ImageProblem.class, () -> registry.login("me", "wrong"));
            assertFalse(Files.exists(config));
            registry.login("me", "pw");
            assertTrue(Files.exists(config));
        }
    }

    @Test
    void whatElseStandsInTheFileStays() throws IOException {
        Files.createDirectories(config.getParent());
        Path real = Files.writeString(temp.resolve("real.json"), "{\"detachKeys\":\"ctrl-x\",\"auths\":{\"other.example.org\":{\"auth\":\"eDp5\"},\"http://r.example.org/v1/\":{\"auth\":\"eDp5\"}}}");
        Files.createSymbolicLink(config, real);
        CredentialFiles files = new CredentialFiles(environment);
        files.keep("r.example.org", new Credentials("me", "pw"));
        assertTrue(Files.isSymbolicLink(config));
        String text = Files.readString(real);
        assertTrue(text.contains("ctrl-x") && text.contains("other.example.org") && !text.contains("http://r.example.org"), text);
        assertEquals("me", files.of("r.example.org").orElseThrow().user());
        files.keep("docker.io", new Credentials("hub", "pw"));
        assertTrue(Files.readString(real).contains("https://index.docker.io/v1/"));
        assertEquals("hub", files.of("docker.io").orElseThrow().user());
        files.drop("docker.io");
        files.drop("r.example.org");
        assertEquals(List.of(false, false, true), List.of(files.of("docker.io").isPresent(), files.of("r.example.org").isPresent(), files.of("other.example.org").isPresent()));
        byte[] before = Files.readAllBytes(real);
        files.drop("never.example.org");
        assertEquals(new String(before), Files.readString(real));
        Files.writeString(real, "[]");
        assertThrows(ImageProblem.class, () -> files.keep("r.example.org", new Credentials("me", "pw")));
        assertThrows(ImageProblem.class, () -> new CredentialFiles(Map.of()).keep("r.example.org", new Credentials("me", "pw")));
    }

    @Test
    void aHelperKeepsItInstead() throws IOException {
        Files.createDirectories(config.getParent());
        Files.writeString(config, "{\"credsStore\":\"test\"}");
        Path program = temp.resolve("docker-credential-test");
        Files.writeString(program, "#!/bin/sh\ncase $1 in store) cat >" + temp + "/kept;; erase) test -e " + temp + "/kept && rm " + temp + "/kept || { echo credentials not found; exit 1; };; get) test -e " + temp + "/kept && cat " + temp
                + "/kept || { echo credentials not found; exit 1; };; esac\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        environment.put("PATH", temp + ":/bin");
        CredentialFiles files = new CredentialFiles(environment);
        files.keep("r.example.org", new Credentials("me", "pw"));
        assertEquals("{\"credsStore\":\"test\"}", Files.readString(config));
        assertEquals("me", files.of("r.example.org").orElseThrow().user());
        files.drop("r.example.org");
        assertFalse(files.of("r.example.org").isPresent());
        files.drop("r.example.org");
    }

    @Test
    void namesAndSecretsThatHttpCannotCarry() {
        try (Registries registries = registries()) {
            RemoteRegistry registry = new RemoteRegistry(registries, "127.0.0.1:1");
            for (List<String> pair : List.of(List.of("", "x"), List.of("a:b", "x"), List.of("me", ""), List.of("me", "a\nb"))) {
                ImageProblem refused = assertThrows(ImageProblem.class, () -> registry.login(pair.get(0), pair.get(1)));
                assertTrue(refused.getMessage().contains("RFC 7617"), refused.getMessage()); // nobody was asked, or it would say that nobody is there
            }
            assertThrows(ImageProblem.class, () -> new RemoteRegistry(registries, "no host"));
            assertFalse(Files.exists(config));
        }
    }

    @Test
    void tagsComeInPagesAndEnd() {
        try (StubRegistry server = new StubRegistry(); Registries registries = registries()) {
            server.on("/v2/a/app/tags/list", exchange -> {
                String query = exchange.getRequestURI().getQuery();
                exchange.getResponseHeaders().add("Link", query.contains("last=b") ? "</x>; rel=\"prev\"" : "</v2/a/app/tags/list?n=1&last=b>; rel=\"next\"");
                StubRegistry.bytes("application/json", (query.contains("last=b") ? "{\"tags\":[\"c\"]}" : "{\"tags\":[\"a\",\"b\"]}").getBytes()).handle(exchange);
            });
            assertEquals(List.of("a", "b", "c"), new RemoteRegistry(registries, server.host()).tags("a/app"));
            server.on("/v2/a/app/tags/list", exchange -> {
                exchange.getResponseHeaders().add("Link", "</v2/a/app/tags/list?n=1&last=b>; rel=\"next\"");
                StubRegistry.bytes("application/json", "{\"tags\":[]}".getBytes()).handle(exchange);
            });
            assertTrue(assertThrows(ImageProblem.class, () -> new RemoteRegistry(registries, server.host()).tags("a/app")).getMessage().contains("without end"));
        }
    }
}
