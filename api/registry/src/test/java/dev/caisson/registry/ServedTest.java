package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Registry;
import dev.caisson.RegistryServer;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** A registry, and after each test a look at its threads, descriptors and uploads. */
abstract class ServedTest {
    static final byte[] NOTHING = new byte[0];
    static final String MISSING = "sha256:" + "0".repeat(64);

    @TempDir
    Path temp;
    @Nullable RegistryServer server;

    private long sockets;

    /** What the JDK opens with its first socket and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp(@TempDir Path first) {
        try (RegistryServer server = Registry.serve(first.resolve("registry")).start()) {
            new Http(server.uri(), "").get("/v2/");
        }
    }

    @BeforeEach
    void before() throws IOException {
        sockets = descriptors().stream().filter(d -> d.startsWith("socket:")).count();
    }

    private static List<String> descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            List<String> targets = new ArrayList<>();
            for (Path one : all.toList()) {
                try {
                    targets.add(Files.readSymbolicLink(one).toString());
                } catch (NoSuchFileException e) {
                    // the list's own
                }
            }
            return targets;
        }
    }

    Path directory() {
        return temp.resolve("registry");
    }

    Http serve() {
        return serve(b -> b);
    }

    Http serve(UnaryOperator<RegistryServer.Builder> settings) {
        server = settings.apply(Registry.serve(directory())).start();
        return as("");
    }

    Http as(String authorization) {
        return new Http(server.uri(), authorization);
    }

    static String basic(String user, String secret) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (server != null) {
            server.close();
            try (var left = Files.list(directory().resolve("uploads"))) {
                assertEquals(List.of(), unfinished() ? List.of() : left.toList());
            }
        }
        assertEquals(List.of(), descriptors().stream().filter(d -> d.startsWith(temp.toString())).toList());
        long deadline = System.nanoTime() + java.time.Duration.ofSeconds(30).toNanos();
        while (descriptors().stream().filter(d -> d.startsWith("socket:")).count() > sockets) {
            assertTrue(System.nanoTime() < deadline, "sockets are left");
            Thread.sleep(10);
        }
        while (!threads().isEmpty()) { // one that has nothing more to do may be just ending
            assertTrue(System.nanoTime() < deadline, () -> "left: " + threads());
            Thread.sleep(10);
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(n -> n.startsWith("caisson-registry")).toList();
    }

    /** Whether the test leaves uploads under way. */
    boolean unfinished() {
        return false;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Digest digest(byte[] content) {
        return Digest.of("sha256", content);
    }

    /** Puts a blob there. */
    static Digest blob(Http http, String repository, byte[] content) {
        Digest digest = digest(content);
        Http.Answer answer = http.send("POST", "/v2/" + repository + "/blobs/uploads/?digest=" + digest, content);
        assertEquals(201, answer.status(), answer::text);
        return digest;
    }

    static String descriptor(String mediaType, Digest digest, int size) {
        return "{\"mediaType\":\"" + mediaType + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}";
    }

    static byte[] manifest(byte[] config, byte[] layer, String more) {
        return bytes("{\"schemaVersion\":2,\"mediaType\":\"" + Manifest.OCI_MANIFEST + "\",\"config\":" + descriptor("application/vnd.oci.image.config.v1+json", digest(config), config.length)
                + ",\"layers\":[" + descriptor("application/vnd.oci.image.layer.v1.tar", digest(layer), layer.length) + "]" + more + "}");
    }

    /** Puts a whole image there. */
    static Digest image(Http http, String repository, String tag, String more) {
        byte[] config = bytes("{}");
        byte[] layer = bytes("layer of " + repository);
        blob(http, repository, config);
        blob(http, repository, layer);
        byte[] manifest = manifest(config, layer, more);
        Http.Answer answer = http.send("PUT", "/v2/" + repository + "/manifests/" + tag, manifest, "Content-Type", Manifest.OCI_MANIFEST);
        assertEquals(201, answer.status(), answer::text);
        assertEquals(digest(manifest).toString(), answer.header("Docker-Content-Digest"));
        return digest(manifest);
    }

    static void refused(int status, String code, Http.Answer answer) {
        assertEquals(status, answer.status(), answer::text);
        assertEquals(code, answer.text().replaceFirst("(?s).*\"code\":\"(\\w+)\".*", "$1"), answer::text);
    }
}
