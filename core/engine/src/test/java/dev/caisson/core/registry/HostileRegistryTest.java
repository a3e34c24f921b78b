package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries that lie: security.md rows 76, 77 and 88. Each pull fails for its reason and leaves the stores as they were. */
@Tag("host")
class HostileRegistryTest {
    private static final StubImage IMAGE = StubImage.of(200_000, 1000);
    private static final byte[] LAYER = IMAGE.layers().get(0);

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;

    @BeforeEach
    void open() {
        room = new PullRoom(temp);
        registry = new StubRegistry(IMAGE);
    }

    @AfterEach
    void close() {
        registry.close();
        room.close();
    }

    private void layer(HttpHandler handler) {
        registry.on(StubRegistry.blob(LAYER), handler);
    }

    private static HttpHandler octets(byte[] content) {
        return StubRegistry.bytes("application/octet-stream", content);
    }

    /** Writes what it has, with or without a length, and whatever follows. */
    private static HttpHandler sending(long length, byte[] content) {
        return exchange -> {
            exchange.sendResponseHeaders(200, length);
            exchange.getResponseBody().write(content);
            exchange.getResponseBody().flush();
            if (content.length < length) {
                throw new IOException("ends here");
            }
        };
    }

    @Test
    void whatIsHonestIsPulled() {
        room.pull(registry.name());
        assertEquals(4, room.content.blobs().size());
        assertEquals(2, room.driver.layers().size());
    }

    /** Row 76. */
    @Test
    void otherBytesThanTheDigest() throws IOException {
        byte[] flipped = LAYER.clone();
        flipped[100_000] ^= 1;
        layer(octets(flipped));
        room.refused("digest", registry.name());
        layer(sending(0, flipped));
        room.refused("digest", registry.name());
        layer(octets(IMAGE.layers().get(1))); // the other layer of the same image, whose size is another
        room.refused("bytes at the registry", registry.name());
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(again)) {
            zip.write(LAYER);
        }
        layer(exchange -> {
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
            octets(again.toByteArray()).handle(exchange);
        });
        room.refused("bytes at the registry", registry.name());
        registry.serve(IMAGE);
        registry.on(StubRegistry.blob(IMAGE.config()), octets(new String(IMAGE.config(), StandardCharsets.UTF_8).replace("linux", "linuy").getBytes(StandardCharsets.UTF_8)));
        room.refused("digest", registry.name());
    }

    /** Row 76. */
    @Test
    void sizesThatLie() {
        layer(octets(Arrays.copyOf(LAYER, LAYER.length - 1)));
        room.refused("its descriptor says", registry.name());
        layer(octets(Arrays.copyOf(LAYER, LAYER.length + 1)));
        room.refused("its descriptor says", registry.name());
        layer(sending(0, Arrays.copyOf(LAYER, LAYER.length + 1)));
        room.refused("more", registry.name());
        layer(sending(0, Arrays.copyOf(LAYER, LAYER.length - 1)));
        room.refused("broke", registry.name());
        layer(sending(LAYER.length, Arrays.copyOf(LAYER, LAYER.length - 1)));
        room.refused("broke", registry.name());
        layer(sending(0, new byte[0]));
        room.refused("broke", registry.name());
        for (String size : List.of("\"size\":" + (LAYER.length + 1), "\"size\":-1", "\"size\":9223372036854775807", "\"size\":1e9", "\"size\":\"1\"")) {
            registry.serve(IMAGE.manifest(IMAGE.manifestText().replace("\"size\":" + LAYER.length, size)));
            room.refused("", registry.name());
        }
    }

    /** Row 76. */
    @Test
    void digestsOfOtherKinds() {
        for (String digest : List.of("sha256:../../x", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:" + "A".repeat(64), "sha256:" + "a".repeat(63), "", "sha512:" + "a".repeat(64), "../etc/passwd")) {
            int before = registry.asked.size();
            registry.serve(IMAGE.manifest(IMAGE.manifestText().replace(Digest.of(LAYER).toString(), digest)));
            room.refused("digest", registry.name());
            assertEquals(before + 1, registry.asked.size(), "asked for nothing but the manifest with " + digest);
        }
        registry.serve(IMAGE);
        room.refused("has no", registry.host() + "/a/app@sha512:" + "a".repeat(128));
    }

    /** A digest need not be of SHA-256, and the image is found by it then. */
    @Test
    void aManifestBySha512() {
        Digest digest = Digest.of("sha512", Digest.hasher("sha512").digest(IMAGE.manifest()));
        registry.on("/v2/a/app/manifests/" + digest, StubRegistry.bytes(MediaTypes.OCI_MANIFEST, IMAGE.manifest()));
        String name = registry.host() + "/a/app@" + digest;
        assertEquals(digest, room.pull(name).manifest());
        assertEquals(digest, room.images.resolve(name).digest());
        room.pull(name);
    }

    /** Row 76: who asks for a digest gets that or nothing. */
    @Test
    void anotherManifestThanTheOneAskedFor() {
        registry.on("/v2/a/app/manifests/sha256:" + "a".repeat(64), StubRegistry.bytes(MediaTypes.OCI_MANIFEST, IMAGE.manifest()));
        room.refused("sent sha256:", registry.host() + "/a/app@sha256:" + "a".repeat(64));
        byte[] index = ("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\",\"manifests\":[" + StubImage.descriptor(MediaTypes.OCI_MANIFEST, IMAGE.manifest()) + "]}").getBytes(StandardCharsets.UTF_8);
        registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_INDEX, index));
        room.pull(registry.name());
        room.images.remove(registry.name());
        byte[] lying = new String(index, StandardCharsets.UTF_8).replace("\"size\":" + IMAGE.manifest().length, "\"size\":" + (IMAGE.manifest().length + 1)).getBytes(StandardCharsets.UTF_8);
        registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_INDEX, lying));
        room.refused("the index says", registry.name());
        registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_INDEX, index));
        registry.on("/v2/a/app/manifests/" + Digest.of(IMAGE.manifest()), StubRegistry.bytes(MediaTypes.OCI_MANIFEST, index));
        room.refused("sent sha256:", registry.name());
    }

    /** Row 77. */
    @Test
    void documentsThatAreTwoThings() {
        String manifest = IMAGE.manifestText();
        String both = manifest.substring(0, manifest.length() - 1) + ",\"manifests\":[" + StubImage.descriptor(MediaTypes.OCI_MANIFEST, IMAGE.manifest()) + "]}";
        for (String type : List.of(MediaTypes.OCI_MANIFEST, MediaTypes.OCI_INDEX, MediaTypes.DOCKER_LIST, "application/json")) {
            registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(type, both.getBytes(StandardCharsets.UTF_8)));
            room.refused("", registry.name());
        }
        registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_INDEX, IMAGE.manifest()));
        room.refused("its descriptor says", registry.name());
        registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_MANIFEST, manifest.replace("\"schemaVersion\":2", "\"schemaVersion\":2,\"schemaVersion\":2").getBytes(StandardCharsets.UTF_8)));
        room.refused("", registry.name());
        for (String junk : List.of("", "[]", "null", "{}", "<html>", "{\"schemaVersion\":1}", "[".repeat(100_000))) {
            registry.on(StubRegistry.MANIFEST, StubRegistry.bytes(MediaTypes.OCI_MANIFEST, junk.getBytes(StandardCharsets.UTF_8)));
            room.refused("", registry.name());
        }
    }

    /** Row 88. */
    @Test
    void bodiesWithoutEnd() {
        AtomicBoolean ended = new AtomicBoolean();
        HttpHandler endless = exchange -> {
            exchange.getResponseHeaders().add("Content-Type", MediaTypes.OCI_MANIFEST);
            exchange.sendResponseHeaders(200, 0);
            try {
                byte[] chunk = " ".repeat(65536).getBytes(StandardCharsets.US_ASCII);
                while (true) {
                    exchange.getResponseBody().write(chunk);
                }
            } finally {
                ended.set(true);
            }
        };
        registry.on(StubRegistry.MANIFEST, endless);
        room.refused("has more than", registry.name());
        await(ended);
        registry.serve(IMAGE);
        layer(endless);
        room.refused("more", registry.name());
        await(ended);
        registry.serve(IMAGE);
        registry.on(StubRegistry.MANIFEST, exchange -> {
            exchange.sendResponseHeaders(403, 0);
            while (true) {
                exchange.getResponseBody().write(new byte[65536]);
            }
        });
        room.refused("does not let you have", registry.name());
    }

    private static void await(AtomicBoolean flag) {
        for (int i = 0; i < 6000 && !flag.get(); i++) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        assertTrue(flag.getAndSet(false), "the connection is still open");
    }

    /** Row 88. */
    @Test
    void bodiesThatStall() {
        room.patience = Duration.ofSeconds(1);
        HttpHandler stall = exchange -> {
            exchange.getResponseHeaders().add("Content-Type", MediaTypes.OCI_MANIFEST);
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(LAYER, 0, 1000);
            exchange.getResponseBody().flush();
            pause(20_000);
        };
        registry.on(StubRegistry.MANIFEST, stall);
        room.refused("not all came within", registry.name());
        registry.serve(IMAGE);
        layer(stall);
        room.refused("nothing came for", registry.name());
        HttpHandler trickle = exchange -> {
            exchange.getResponseHeaders().add("Content-Type", MediaTypes.OCI_MANIFEST);
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(LAYER, i, 1);
                exchange.getResponseBody().flush();
                pause(20);
            }
        };
        registry.on(StubRegistry.MANIFEST, trickle);
        room.refused("came within", registry.name()); // of the two limits, which are as long here, either may be passed first
        registry.serve(IMAGE);
        layer(trickle);
        room.refused("bytes came within", registry.name());
        registry.on(StubRegistry.MANIFEST, exchange -> pause(20_000));
        room.refused("cannot be used", registry.name());
    }

    private static void pause(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Row 88. */
    /** Names that the grammar of references allows, and no host can have. */
    @Test
    void hostsThatCannotBe() {
        for (String host : List.of("a.4294967296", "1.2.3.4.5")) {
            room.refused("is no host and port", host + "/app:v1");
        }
    }

    @Test
    void redirectsInCircles() {
        registry.on(StubRegistry.MANIFEST, StubRegistry.status(307, "Location", StubRegistry.MANIFEST));
        room.refused("redirected more than 5 times", registry.name());
        assertEquals(6, registry.asked.size());
        for (String nowhere : List.of("http://127.0.0.1:65536/x", "", "file:///etc/passwd", "ftp://127.0.0.1/x", "http:///x", "//", "ht tp://x", "jar:http://127.0.0.1!/x", "http://\u0000")) {
            registry.on(StubRegistry.MANIFEST, exchange -> {
                exchange.getResponseHeaders().add("Location", nowhere.replace("\u0000", "%00"));
                exchange.sendResponseHeaders(302, -1);
            });
            room.refused("redirects to no usable address", registry.name());
        }
    }

    /** Row 88: no HTTP at all. */
    @Test
    void noise() throws Exception {
        List<byte[]> noises = List.of("SSH-2.0-OpenSSH_9.2\r\n".getBytes(StandardCharsets.US_ASCII), new byte[0], new byte[100_000], "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456".getBytes(StandardCharsets.US_ASCII), "HTTP/1.1 999999 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n".getBytes(StandardCharsets.US_ASCII), ("HTTP/1.1 200 OK\r\nX: " + "x".repeat(2_000_000)).getBytes(StandardCharsets.US_ASCII),
                ("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(100_000)).getBytes(StandardCharsets.US_ASCII), "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000).getBytes(StandardCharsets.US_ASCII));
        room.patience = Duration.ofSeconds(1);
        for (byte[] noise : noises) {
            try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                Thread thread = new Thread(() -> {
                    while (true) {
                        try (Socket socket = server.accept()) {
                            socket.getInputStream().read(new byte[8192]);
                            socket.getOutputStream().write(noise);
                        } catch (IOException e) {
                            if (server.isClosed()) {
                                return;
                            }
                        }
                    }
                });
                thread.setDaemon(true);
                thread.start();
                room.refused("", "127.0.0.1:" + server.getLocalPort() + "/a/app");
            }
        }
    }

    /** Row 88: the JDK's client loses a socket for each answer that is not HTTP, so there must not be many. */
    @Test
    void whoDoesNotSpeakHttpIsNotAskedAgainAndAgain() throws Exception {
        for (String noise : List.of("SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")) {
            AtomicInteger accepted = new AtomicInteger();
            try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                    Registries registries = new Registries(List.of(), java.util.Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
                Thread thread = new Thread(() -> {
                    while (!server.isClosed()) {
                        try (Socket socket = server.accept()) {
                            accepted.incrementAndGet();
                            socket.getInputStream().read(new byte[8192]);
                            socket.getOutputStream().write(noise.getBytes(StandardCharsets.US_ASCII));
                        } catch (IOException e) {
                            // the next one, or closed
                        }
                    }
                });
                thread.setDaemon(true);
                thread.start();
                long before = sockets();
                for (int i = 0; i < 20; i++) {
                    ImageProblem problem = assertThrows(ImageProblem.class, () -> new ImagePull(registries, room.images)
                            .run(ImageReference.parse("127.0.0.1:" + server.getLocalPort() + "/a/app"), p -> { }));
                    assertTrue(problem.getMessage().contains("does not speak HTTP") && problem.remedy().contains("tls()"), problem::getMessage);
                }
                assertEquals(1, accepted.get());
                assertTrue(sockets() <= before + 2, "20 answers took " + (sockets() - before) + " sockets");
            }
        }
    }

    private static long sockets() throws IOException {
        try (var all = java.nio.file.Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(fd -> {
                try {
                    return java.nio.file.Files.readSymbolicLink(fd).toString().startsWith("socket:");
                } catch (IOException e) {
                    return false; // the list's own
                }
            }).count();
        }
    }

    @Test
    void laterHeIsAskedAgain() throws Exception {
        long[] now = {5};
        Nonsense nonsense = new Nonsense(() -> now[0]);
        java.net.URI server = java.net.URI.create("http://a.example:5000/v2/");
        nonsense.check(server);
        nonsense.from(server, new IOException("what?"));
        assertThrows(java.net.ProtocolException.class, () -> nonsense.check(server));
        nonsense.check(java.net.URI.create("http://b.example:5000/v2/"));
        now[0] += Nonsense.PAUSE.toNanos();
        nonsense.check(server);
    }

    /** Row 88: what the client leaves of itself. */
    @Test
    void noThreadStays() throws Exception {
        for (int i = 0; i < 20; i++) {
            room.pull(registry.name(), RegistryAccess.of(registry.host()));
        }
        long end = System.nanoTime() + 60_000_000_000L;
        List<String> left;
        do {
            Thread.sleep(20);
            left = Thread.getAllStackTraces().keySet().stream().map(Thread::getName).filter(n -> n.startsWith("caisson-") || n.startsWith("HttpClient-")).toList();
        } while (!left.isEmpty() && System.nanoTime() < end);
        assertEquals(List.of(), left);
    }

    @Test
    void afterAnErrorTheRegistryIsQuoted() {
        registry.on(StubRegistry.MANIFEST, exchange -> {
            byte[] said = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\\u001b[31m for you\"}]}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(403, said.length);
            exchange.getResponseBody().write(said);
        });
        ImageProblem problem = room.refused("(DENIED no?[31m for you)", registry.name());
        assertTrue(problem.getMessage().chars().noneMatch(c -> c == 27));
    }
}
