package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFilesTest {
    @TempDir
    Path temp;

    private Optional<Credentials> read(String config, String host) throws IOException {
        Files.writeString(temp.resolve("config.json"), config);
        return new CredentialFiles(Map.of("DOCKER_CONFIG", temp.toString())).of(host);
    }

    private static String auth(String pair) {
        return "{\"auth\":\"" + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)) + "\"}";
    }

    @Test
    void whatDockerWrites() throws IOException {
        Optional<Credentials> me = Optional.of(new Credentials("me", "p:w"));
        assertEquals(me, read("{\"auths\":{\"registry.example.org:5000\":" + auth("me:p:w") + "}}", "registry.example.org:5000"));
        assertEquals(me, read("{\"auths\":{\"https://index.docker.io/v1/\":" + auth("me:p:w") + "}}", "docker.io"));
        assertEquals(me, read("{\"auths\":{\"https://registry.example.org/v2/\":" + auth("me:p:w") + "}}", "registry.example.org"));
        assertEquals(me, read("{\"auths\":{\"r.example.org\":{\"username\":\"me\",\"password\":\"p:w\"}}}", "r.example.org"));
        assertEquals(Optional.of(new Credentials("", "tok")), read("{\"auths\":{\"r.example.org\":{\"auth\":\"bWU6\",\"identitytoken\":\"tok\"}}}", "r.example.org"));
        for (String other : List.of("example.org", "r.example.org.evil.test", "r.example.org:443", "evil-r.example.org")) {
            assertEquals(Optional.empty(), read("{\"auths\":{\"r.example.org\":" + auth("me:p:w") + "}}", other), other);
        }
        assertEquals(Optional.empty(), read("{}", "r.example.org"));
        assertEquals(Optional.empty(), read("{\"auths\":{\"r.example.org\":{}}}", "r.example.org"));
    }

    @Test
    void theFirstFileThatKnowsCounts() throws IOException {
        Path containers = Files.createDirectories(temp.resolve("run/containers"));
        Path home = Files.createDirectories(temp.resolve("home/.docker"));
        Files.writeString(home.resolve("config.json"), "{\"auths\":{\"a\":" + auth("docker:1") + "}}");
        Files.writeString(containers.resolve("auth.json"), "{\"auths\":{\"a\":" + auth("podman:1") + ",\"b\":" + auth("podman:2") + "}}");
        Map<String, String> environment = Map.of("HOME", temp.resolve("home").toString(), "XDG_RUNTIME_DIR", temp.resolve("run").toString());
        assertEquals("docker", new CredentialFiles(environment).of("a").orElseThrow().user());
        assertEquals("podman", new CredentialFiles(environment).of("b").orElseThrow().user());
        Files.writeString(temp.resolve("explicit.json"), "{\"auths\":{\"a\":" + auth("explicit:1") + "}}");
        Map<String, String> more = new java.util.HashMap<>(environment);
        more.put("REGISTRY_AUTH_FILE", temp.resolve("explicit.json").toString());
        assertEquals("explicit", new CredentialFiles(more).of("a").orElseThrow().user());
        assertEquals(Optional.empty(), new CredentialFiles(Map.of()).of("a"));
    }

    /** Podman calls docker.io so, and keeps credentials for parts of a registry beside those for all of it. */
    @Test
    void whatPodmanWrites() throws IOException {
        assertEquals("me", read("{\"auths\":{\"docker.io\":" + auth("me:pw") + "}}", "docker.io").orElseThrow().user());
        assertEquals("docker", read("{\"auths\":{\"docker.io\":" + auth("podman:1") + ",\"https://index.docker.io/v1/\":" + auth("docker:1") + "}}", "docker.io").orElseThrow().user());
        assertEquals("me", read("{\"auths\":{\"r.example.org/a-team\":" + auth("team:1") + ",\"r.example.org\":" + auth("me:1") + "}}", "r.example.org").orElseThrow().user());
        assertEquals("team", read("{\"auths\":{\"r.example.org/a-team\":" + auth("team:1") + "}}", "r.example.org").orElseThrow().user(), "as docker reads it");
    }

    @Test
    void whatIsKeptForAPartOfARegistryStays() throws IOException {
        String team = "\"r.example.org/a-team\":" + auth("team:1");
        read("{\"auths\":{" + team + ",\"https://r.example.org/v1/\":" + auth("old:1") + "}}", "r.example.org");
        CredentialFiles files = new CredentialFiles(Map.of("DOCKER_CONFIG", temp.toString()));
        files.keep("r.example.org", new Credentials("me", "pw"));
        assertEquals("me", files.of("r.example.org").orElseThrow().user());
        String kept = Files.readString(temp.resolve("config.json"));
        assertTrue(kept.contains("r.example.org/a-team") && !kept.contains("v1"), kept);
        files.drop("r.example.org");
        kept = Files.readString(temp.resolve("config.json"));
        assertTrue(kept.contains("r.example.org/a-team") && !kept.contains("\"r.example.org\""), kept);
    }

    @Test
    void whatIsNoneOfThat() {
        assertEquals(Optional.empty(), assertDoesNotThrow(() -> read("", "r")));
        for (String junk : List.of("{", "nonsense", "{\"auths\":{\"r\":{\"auth\":\"%%%\"}}}", "{\"auths\":{\"r\":{\"auth\":\"bm9jb2xvbg==\"}}}")) {
            assertTrue(!assertThrows(ImageProblem.class, () -> read(junk, "r"), junk).remedy().isEmpty());
        }
    }

    @Test
    void helpersByHand() throws IOException {
        Path program = temp.resolve("docker-credential-test");
        Files.writeString(program, "#!/bin/sh\nread server\ncase $1$server in geta) echo '{\"ServerURL\":\"a\",\"Username\":\"me\",\"Secret\":\"pw\"}';; gett) echo '{\"Username\":\"<token>\",\"Secret\":\"tok\"}';;"
                + " getj) echo junk pw;; gete) echo 'boom' ; exit 3;; *) echo 'credentials not found in native keychain'; exit 1;; esac\n");
        Files.setPosixFilePermissions(program, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        CredentialHelper helper = new CredentialHelper("test", Map.of("PATH", "/bin:" + temp));
        assertEquals(Optional.of(new Credentials("me", "pw")), helper.get("a"));
        assertTrue(helper.get("t").orElseThrow().identityToken());
        assertEquals(Optional.empty(), helper.get("x"));
        String junk = assertThrows(ImageProblem.class, () -> helper.get("j")).getMessage();
        assertTrue(junk.contains("no JSON") && !junk.contains("pw"), junk);
        assertTrue(assertThrows(ImageProblem.class, () -> helper.get("e")).getMessage().contains("exit code 3: boom"));
        assertThrows(ImageProblem.class, () -> new CredentialHelper("test", Map.of("PATH", "/bin")).get("a"));
        assertThrows(ImageProblem.class, () -> new CredentialHelper("../test", Map.of()));
    }
}
