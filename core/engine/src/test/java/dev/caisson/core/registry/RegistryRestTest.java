package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.Referrer;
import dev.caisson.Registry;
import dev.caisson.RegistryAccess;
import dev.caisson.RegistryServer;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.MediaTypes;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.RealRegistry;
import dev.caisson.testkit.registry.TokenServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists, deletion, referrers and broken uploads, with docker's registry and with our own. */
@Tag("host")
class RegistryRestTest {
    private static final int SIZE = 3_000_000;

    @TempDir
    Path temp;
    private PullRoom room;
    private AutoCloseable server;
    private String host;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        PlainLayers.output("sh", "-ec", "cd " + temp + "; mkdir rootfs; head -c " + SIZE + " /dev/urandom > rootfs/big; tar -C rootfs -cf rootfs.tar .");
    }

    @AfterEach
    void close() throws Exception {
        if (server != null) {
            server.close();
        }
        room.close();
    }

    private void start(String kind) {
        if (kind.equals("docker's")) {
            RealRegistry real = RealRegistry.plain(temp.resolve("registry"));
            server = real;
            host = real.host();
        } else {
            RegistryServer own = Registry.serve(temp.resolve("registry")).start();
            server = own;
            host = own.host();
        }
    }

    private Digest push(String name, RegistryAccess... access) {
        if (room.images.find(host + "/" + name).isEmpty()) {
            room.images.importRootfs(temp.resolve("rootfs.tar"), host + "/" + name, "LABEL name=" + name);
        }
        return room.push(host + "/" + name, access);
    }

    private <T> T ask(java.util.function.Function<RemoteRegistry, T> question, RegistryAccess... access) {
        try (Registries registries = new Registries(List.of(access), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
            return question.apply(new RemoteRegistry(registries, host));
        }
    }

    private void delete(String repository, String reference, RegistryAccess... access) {
        ask(r -> {
            r.delete(repository, reference);
            return null;
        }, access);
    }

    private Digest put(String path, String type, String json) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + host + path).toURL().openConnection();
        connection.setRequestMethod("PUT");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", type);
        connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
        assertEquals(201, connection.getResponseCode());
        return Digest.of(json.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker's", "our own"})
    void repositories(String kind) {
        start(kind);
        assertEquals(List.of(), ask(RemoteRegistry::catalog));
        push("team/app:v1");
        push("other:v1");
        assertEquals(List.of("other", "team/app"), ask(RemoteRegistry::catalog));
        assertEquals(List.of("v1"), ask(r -> r.tags("team/app")));
        assertThrows(ImageProblem.class, () -> ask(r -> r.tags("nothing")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker's", "our own"})
    void deletion(String kind) {
        start(kind);
        Digest digest = push("team/app:v1");
        room.images.tag(host + "/team/app:v1", host + "/team/app:v2");
        room.push(host + "/team/app:v2");
        if (kind.equals("docker's")) {
            ImageProblem unable = assertThrows(ImageProblem.class, () -> delete("team/app", "v1"));
            assertTrue(unable.getMessage().contains("cannot delete the tag") && unable.remedy().contains("by its digest"), unable.getMessage());
        } else {
            delete("team/app", "v1");
            assertEquals(List.of("v2"), ask(r -> r.tags("team/app")));
            assertTrue(assertThrows(ImageProblem.class, () -> delete("team/app", "v1")).getMessage().contains("has no"));
        }
        assertEquals(digest, room.pull(host + "/team/app:v2").manifest(), "its other tag is as before");
        delete("team/app", digest.toString());
        room.images.remove(host + "/team/app:v2");
        room.refused("has no", host + "/team/app:v2");
        assertTrue(assertThrows(ImageProblem.class, () -> delete("team/app", digest.toString())).getMessage().contains("has no"));
        assertThrows(ImageProblem.class, () -> delete("team/app", "sha256:../../x"));
    }

    @Test
    void deletionAndListsNeedTheRight() {
        Pki pki = new Pki(temp.resolve("pki"));
        try (TokenServer tokens = new TokenServer(pki, "me", "pw"); RealRegistry real = RealRegistry.token(temp.resolve("registry"), tokens)) {
            host = real.host();
            deletedBy(RegistryAccess.of(host).login("me", "pw"));
            assertTrue(tokens.asked().stream().anyMatch(a -> a.contains("delete")) && tokens.asked().stream().anyMatch(a -> a.contains("catalog")), tokens.asked()::toString);
        }
        try (RegistryServer own = Registry.serve(temp.resolve("own")).user("me", "pw").user("you", "pw").tokens(Duration.ofMinutes(1))
                .allow((user, repository, action) -> user.equals("me")).start()) {
            host = own.host();
            Digest digest = deletedBy(RegistryAccess.of(host).login("me", "pw"));
            RegistryAccess you = RegistryAccess.of(host).login("you", "pw");
            assertTrue(assertThrows(ImageProblem.class, () -> delete("team/app", digest.toString(), you)).getMessage().contains("does not let you delete"));
            assertEquals(List.of(), ask(RemoteRegistry::catalog, you));
            assertTrue(assertThrows(ImageProblem.class, () -> delete("team/app", digest.toString())).remedy().contains("docker login"));
        }
    }

    private Digest deletedBy(RegistryAccess me) {
        Digest digest = push("team/app:v1", me);
        assertEquals(List.of("team/app"), ask(RemoteRegistry::catalog, me));
        delete("team/app", digest.toString(), me);
        assertThrows(ImageProblem.class, () -> delete("team/app", digest.toString(), me));
        return digest;
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker's", "our own"})
    void referrers(String kind) throws IOException {
        start(kind);
        Digest image = push("team/app:v1");
        assertEquals(List.of(), ask(r -> r.referrers("team/app", image.toString())));
        var manifest = room.images.find(host + "/team/app:v1").orElseThrow();
        String config = new com.fasterxml.jackson.databind.ObjectMapper().readTree(room.content.read(manifest.manifest(), 1 << 20)).path("config").toString();
        String[] types = {"application/x.signature", "application/x.sbom"};
        StringBuilder index = new StringBuilder();
        for (String type : types) {
            String json = "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",\"artifactType\":\"" + type + "\",\"config\":" + config + ",\"layers\":[],\"subject\":{\"mediaType\":\""
                    + MediaTypes.OCI_MANIFEST + "\",\"digest\":\"" + image + "\",\"size\":1},\"annotations\":{\"by\":\"me\"}}";
            Digest digest = Digest.of(json.getBytes(StandardCharsets.UTF_8));
            put("/v2/team/app/manifests/" + digest, MediaTypes.OCI_MANIFEST, json);
            index.append(index.length() == 0 ? "" : ",").append("{\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",\"digest\":\"" + digest + "\",\"size\":" + json.length() + ",\"artifactType\":\"" + type
                    + "\",\"annotations\":{\"by\":\"me\"}}");
        }
        if (kind.equals("docker's")) {
            put("/v2/team/app/manifests/sha256-" + image.hex(), MediaTypes.OCI_INDEX, "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\",\"manifests\":[" + index + "]}");
        }
        List<Referrer> all = ask(r -> r.referrers("team/app", image.toString()));
        assertEquals(List.of("application/x.sbom", "application/x.signature"), all.stream().map(Referrer::artifactType).sorted().toList());
        List<Referrer> some = ask(r -> r.referrers("team/app", image.toString(), "application/x.sbom"));
        assertEquals(1, some.size());
        assertEquals("me " + MediaTypes.OCI_MANIFEST, some.get(0).annotations().get("by") + " " + some.get(0).mediaType());
        assertTrue(some.get(0).size() > 100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker's", "our own"})
    void whatIsPushedWithASubjectIsListed(String kind) throws IOException {
        start(kind);
        Digest image = push("team/app:v1");
        String json = new String(room.content.read(image, 1 << 20), StandardCharsets.UTF_8);
        for (String by : List.of("me", "you")) {
            String signed = json.replaceFirst("\\}$", ",\"artifactType\":\"application/x.signature\",\"annotations\":{\"by\":\"" + by + "\"},\"subject\":{\"mediaType\":\"" + MediaTypes.OCI_MANIFEST
                    + "\",\"digest\":\"" + image + "\",\"size\":1}}");
            put("/v2/team/app/manifests/" + by, MediaTypes.OCI_MANIFEST, signed);
            room.pull(host + "/team/app:" + by);
            room.images.tag(host + "/team/app:" + by, host + "/other/app:" + by);
            room.push(host + "/other/app:" + by);
            room.push(host + "/other/app:" + by);
        }
        List<Referrer> all = ask(r -> r.referrers("other/app", image.toString(), "application/x.signature"));
        assertEquals(List.of("me", "you"), all.stream().map(r -> r.annotations().get("by")).sorted().toList());
        assertEquals(kind.equals("docker's"), ask(r -> r.tags("other/app")).contains("sha256-" + image.hex()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker's", "our own"})
    void aBrokenUploadGoesOn(String kind) {
        start(kind);
        try (BreakingProxy proxy = new BreakingProxy(host, 2, 1_000_000)) {
            host = proxy.host();
            Digest digest = push("team/app:v1");
            assertEquals(0, proxy.left(), "it did break");
            // Docker's gives up an upload whose connection broke; ours tells how far it came, on a busy machine perhaps of a moment ago.
            long most = kind.equals("docker's") ? 5_500_000 : SIZE + 1_800_000;
            assertTrue(proxy.through() < most && proxy.through() > SIZE, kind + " was sent " + proxy.through() + " bytes");
            try (PullRoom elsewhere = new PullRoom(temp.resolve("elsewhere"))) {
                assertEquals(digest, elsewhere.pull(host + "/team/app@" + digest).manifest());
            }
        }
    }

    /** Some chunks have come through on a connection when it breaks in the middle of the next one. */
    @ParameterizedTest
    @ValueSource(strings = {"docker's", "our own"})
    void aBrokenUploadInChunksGoesOn(String kind) {
        start(kind);
        try (BreakingProxy proxy = new BreakingProxy(host, 1, 1_200_000)) {
            host = proxy.host();
            Digest digest = push("team/app:v1", RegistryAccess.of(host).uploadChunk(500_000));
            assertEquals(0, proxy.left(), "it did break");
            // Docker's gives up an upload whose connection broke; ours has the chunks that it has answered, and what came of the next one.
            long most = kind.equals("docker's") ? 3 * SIZE : SIZE + 1_800_000;
            assertTrue(proxy.through() > SIZE && proxy.through() < most, kind + " was sent " + proxy.through() + " bytes");
            try (PullRoom elsewhere = new PullRoom(temp.resolve("elsewhere"))) {
                assertEquals(digest, elsewhere.pull(host + "/team/app@" + digest).manifest());
            }
        }
    }
}
