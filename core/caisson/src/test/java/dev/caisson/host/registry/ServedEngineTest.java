package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import dev.caisson.Image;
import dev.caisson.ImageIndex;
import dev.caisson.ImageProblem;
import dev.caisson.Registry;
import dev.caisson.RegistryAccess;
import dev.caisson.RegistryServer;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code Registry.serve(engine.images())}: other engines and skopeo pull what an engine has, and push to it where that is allowed. */
class ServedEngineTest extends EngineTest {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final String COMMAND = "CMD [\"/bin/observer\", \"echo\", \"hello\"]";

    private RegistryServer server;

    private void serve(UnaryOperator<RegistryServer.Builder> settings) {
        server = settings.apply(Registry.serve(engine.images())).start();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private Image tinyImage(String reference) {
        return engine.images().importRootfs(root.tar(directory.resolve("tiny.tar")), reference, COMMAND);
    }

    private Engine other(String name) {
        return Engine.builder().root(directory.resolve(name)).runDirectory(directory.resolve(name + "-run")).registry(RegistryAccess.of("docker.io").mirror(server.uri().toString())).build();
    }

    private String skopeo(String arguments) {
        return run("skopeo " + arguments.replace("REGISTRY", "docker://" + server.host()));
    }

    private String run(String script) {
        try {
            Process process = new ProcessBuilder("sh", "-ec", "cd " + directory + "; " + script).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), script + ": " + output);
            return output.strip();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpURLConnection ask(String method, String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(server.uri() + path).openConnection();
        connection.setRequestMethod(method);
        connection.setRequestProperty("Connection", "close");
        connection.getResponseCode();
        return connection;
    }

    private int status(String path) throws IOException {
        HttpURLConnection connection = ask("GET", path);
        connection.disconnect();
        return connection.getResponseCode();
    }

    private byte[] get(String path) throws IOException {
        HttpURLConnection connection = ask("GET", path);
        assertEquals(200, connection.getResponseCode(), path);
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private Set<Path> blobs() throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve("engine/content/blobs"))) {
            return new TreeSet<>(all.filter(Files::isRegularFile).toList());
        }
    }

    @Test
    void othersPullWhatTheEngineHas() {
        Image image = tinyImage("app:1");
        engine.images().tag("app:1", "example.org:5000/team/app:2");
        serve(b -> b);
        assertEquals(image.digest(), skopeo("inspect --tls-verify=false --format {{.Digest}} REGISTRY/app:1"));
        assertEquals(image.digest(), skopeo("inspect --tls-verify=false --format {{.Digest}} REGISTRY/example.org__5000/team/app:2"));
        assertTrue(skopeo("list-tags --tls-verify=false REGISTRY/library/app").contains("\"1\""));
        skopeo("copy -q --src-tls-verify=false REGISTRY/library/app:1 dir:copy"); // which reads and checks every blob
        assertEquals(image.digest(), "sha256:" + run("sha256sum copy/manifest.json | cut -d' ' -f1"), "byte for byte");
        try (Engine there = other("there")) {
            String direct = server.host() + "/example.org__5000/team/app:2";
            assertEquals(image.digest(), there.images().pull(direct).digest());
            assertEquals("hello\n", there.image(direct).execute().stdout());
            assertEquals("hello\n", there.image("app:1").execute().stdout(), "it is the mirror of docker.io");
            assertEquals(List.of("example.org__5000/team/app", "library/app"), there.registry(server.host()).catalog());
            assertThrows(ImageProblem.class, () -> there.images().pull(server.host() + "/nobody:1"));
            there.images().tag("app:1", server.host() + "/pushed:1");
            ImageProblem refused = assertThrows(ImageProblem.class, () -> there.images().push(server.host() + "/pushed:1"));
            assertTrue(refused.getMessage().contains("read-only"), refused::getMessage);
        }
        assertEquals(1, engine.images().list().size());
        engine.images().tag("app:1", "later:1");
        assertEquals(image.digest(), skopeo("inspect --tls-verify=false --format {{.Digest}} REGISTRY/later:1"), "what the engine has now, not what it had");
    }

    @Test
    void anImageForSeveralPlatforms() {
        tinyImage("here:1");
        run("mkdir -p there/etc; echo there > there/etc/a; tar -C there -cf there.tar .; umoci init --layout oci; umoci new --image oci:x; umoci raw add-layer --image oci:x there.tar;"
                + "umoci config --image oci:x --architecture s390x; skopeo copy -q oci:oci:x oci-archive:there-oci.tar:docker.io/library/there:1");
        engine.images().load(directory.resolve("there-oci.tar"));
        ImageIndex index = engine.images().createIndex("both:1", List.of("here:1", "there:1"));
        engine.images().remove("there:1");
        serve(b -> b);
        skopeo("copy -q --all --preserve-digests --src-tls-verify=false REGISTRY/both:1 dir:all");
        assertEquals(index.digest(), "sha256:" + run("sha256sum all/manifest.json | cut -d' ' -f1"));
        try (Engine there = other("there")) {
            assertEquals(index.images(), there.images().pullAllPlatforms("both:1").images());
            assertEquals("hello\n", there.image("both:1").execute().stdout());
            there.images().save("both:1", directory.resolve("both.tar"));
            there.images().remove("both:1");
            assertEquals(List.of(), there.images().indexes());
            assertEquals(index.digest(), there.images().loadAllPlatforms(directory.resolve("both.tar")).get(0).digest(), "saved and loaded whole");
            assertEquals(index.images(), there.images().indexes().get(0).images());
            assertEquals("hello\n", there.image("both:1").execute().stdout());
        }
    }

    /** The client has the manifest, the image is removed by another engine of the root, and the client comes for the layer. */
    @Test
    void whatIsBeingFetchedStays() throws IOException {
        Image image = tinyImage("app:1");
        serve(b -> b);
        Matcher named = DIGEST.matcher(new String(get("/v2/app/manifests/1"), StandardCharsets.UTF_8));
        TreeSet<String> digests = new TreeSet<>();
        while (named.find()) {
            digests.add(named.group());
        }
        assertEquals(2, digests.size(), "configuration and layer");
        try (Engine second = Engine.builder().root(directory.resolve("engine")).runDirectory(directory.resolve("second-run")).build()) {
            second.images().remove("app:1");
            assertEquals(List.of(), engine.images().list());
            for (String digest : digests) {
                String path = "engine/content/blobs/sha256/" + digest.substring(7);
                assertArrayEquals(Files.readAllBytes(directory.resolve(path)), get("/v2/app/blobs/" + digest));
            }
            assertEquals(404, status("/v2/app/manifests/1"), "the name is gone");
            get("/v2/app/manifests/" + image.digest());
            assertEquals(404, status("/v2/other/blobs/" + digests.first()), "it was promised to this repository's clients");
            second.images().prune(dev.caisson.ImageFilter.all());
            assertEquals(3, blobs().size());
        }
        assertEquals(0, server.collectGarbage(Duration.ofMinutes(5)), "it was asked for a moment ago");
        assertTrue(server.collectGarbage(Duration.ZERO) > 0);
        assertEquals(Set.of(), blobs());
        assertEquals(404, status("/v2/app/manifests/" + image.digest()));
    }

    @Test
    void aBlobOnItsWayIsSentToItsEnd() throws IOException {
        byte[] noise = new byte[32 << 20];
        new java.util.Random(1).nextBytes(noise);
        Files.write(directory.resolve("noise"), noise);
        engine.images().scratch().copy(directory.resolve("noise"), "/noise").build("big:1");
        serve(b -> b);
        String manifest = new String(get("/v2/big/manifests/1"), StandardCharsets.UTF_8);
        String layer = manifest.replaceFirst("(?s).*\"layers\".*?(sha256:[0-9a-f]{64}).*", "$1");
        HttpURLConnection connection = ask("GET", "/v2/big/blobs/" + layer);
        try (InputStream in = connection.getInputStream()) {
            in.readNBytes(1000);
            engine.images().remove("big:1");
            assertEquals(0, server.collectGarbage(Duration.ZERO), "it is being sent");
            assertEquals(connection.getContentLengthLong() - 1000, in.transferTo(java.io.OutputStream.nullOutputStream()));
        }
        eventually("nobody fetches it any more", Duration.ofSeconds(30), () -> server.collectGarbage(Duration.ZERO) > 0);
        assertEquals(Set.of(), blobs());
    }

    @Test
    void whatIsPushedIsAnImageOfTheEngine() throws IOException {
        serve(b -> b.user("me", "pw").writable());
        try (Engine there = Engine.builder().root(directory.resolve("there")).runDirectory(directory.resolve("there-run"))
                .registry(RegistryAccess.of(server.host()).login("me", "pw")).build()) {
            Image made = there.images().importRootfs(root.tar(directory.resolve("tiny.tar")), server.host() + "/team/app:1", COMMAND);
            there.images().push(server.host() + "/team/app:1");
            assertEquals(made.digest(), engine.images().find("team/app:1").orElseThrow().digest());
            assertEquals("hello\n", engine.image("team/app:1").execute().stdout());
            there.images().save(server.host() + "/team/app:1", directory.resolve("saved.tar"));
        }
        String credentials = "--dest-creds me:pw --dest-tls-verify=false";
        skopeo("copy -q " + credentials + " oci-archive:saved.tar:1 REGISTRY/example.org/by-skopeo:2");
        assertEquals("hello\n", engine.image("example.org/by-skopeo:2").execute().stdout());
        // An index, whose images come without names.
        run("umoci init --layout oci; umoci new --image oci:x; umoci config --image oci:x --architecture s390x; skopeo copy -q oci:oci:x oci-archive:there.tar:docker.io/library/there:1");
        engine.images().load(directory.resolve("there.tar"));
        ImageIndex index = engine.images().createIndex("both:1", List.of("team/app:1", "there:1"));
        engine.images().save("both:1", directory.resolve("both.tar"));
        engine.images().remove("both:1");
        engine.images().remove("there:1");
        server.collectGarbage(Duration.ZERO);
        skopeo("copy -q --all --preserve-digests " + credentials + " oci-archive:both.tar:1 REGISTRY/whole:1");
        assertEquals(List.of(index.images()), engine.images().indexes().stream().map(ImageIndex::images).toList());
        assertEquals(index.digest(), engine.images().indexes().get(0).digest());
        assertEquals("hello\n", engine.image("whole:1").execute().stdout());
        ImageProblem deleted = assertThrows(ImageProblem.class, () -> {
            try (Engine me = Engine.builder().root(directory.resolve("me")).runDirectory(directory.resolve("me-run")).registry(RegistryAccess.of(server.host()).login("me", "pw")).build()) {
                me.registry(server.host()).delete("whole", index.digest());
            }
        });
        assertTrue(deleted.getMessage().contains("removes them itself"), deleted::getMessage);
        // What nobody completes goes.
        for (String name : List.of("whole:1", "team/app:1", "example.org/by-skopeo:2")) {
            engine.images().remove(name);
        }
        assertEquals(Set.of(), blobs(), "what was pushed is the images' alone");
    }

    @Test
    void aPushWithoutAManifestIsForgotten() throws IOException {
        serve(b -> b.writable());
        run("echo hello > blob; curl -sSf -X POST -H 'Content-Type: application/octet-stream' --data-binary @blob '" + server.uri() + "/v2/x/blobs/uploads/?digest=sha256:'$(sha256sum blob | cut -d' ' -f1)");
        assertEquals(1, blobs().size());
        tinyImage("app:1");
        engine.images().remove("app:1");
        assertEquals(1, blobs().size(), "a manifest may name it yet");
        String artifact = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/x\",\"size\":6,\"digest\":\"sha256:"
                + run("sha256sum blob | cut -d' ' -f1") + "\"},\"layers\":[]}";
        Files.writeString(directory.resolve("artifact"), artifact);
        String answer = run("curl -sS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @artifact " + server.uri() + "/v2/x/manifests/v1");
        assertTrue(answer.contains("MANIFEST_INVALID") && answer.contains("no container image"), answer);
        assertEquals(List.of(), engine.images().list());
        server.close();
        engine.images().prune(dev.caisson.ImageFilter.all());
        assertEquals(Set.of(), blobs(), "a closed registry keeps nothing");
    }

    @Test
    void theEngineMayEndFirst() throws IOException {
        tinyImage("app:1");
        serve(b -> b);
        get("/v2/app/manifests/1");
        engine.close();
        assertEquals(500, status("/v2/app/manifests/1"));
        server.close();
    }

    @Test
    void onlyAnEnginesOwnImages() {
        assertThrows(dev.caisson.InvalidSpec.class, () -> Registry.serve((dev.caisson.Images) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] {dev.caisson.Images.class}, (proxy, method, arguments) -> null)));
    }
}
