package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.caisson.RegistryAccess;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.PlainLayers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registries that refuse, break off, stand still or lie while an image is pushed to them. A stub: no real one can be made to. Rows 82 and 88. */
class HostilePushTest {
    private static final String UPLOADS = "/v2/a/app/blobs/uploads/";
    private static final String SESSION = "/upload-session";

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;
    private String name;
    /** What was uploaded, whole. */
    private final List<Long> uploads = new CopyOnWriteArrayList<>();
    private final Map<String, String> authorizations = new ConcurrentHashMap<>();

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        registry = new StubRegistry();
        name = registry.name();
        PlainLayers.output("sh", "-ec", "cd " + temp + "; mkdir r; head -c 2000000 /dev/urandom > r/big; tar -C r -cf r.tar .");
        room.images.importRootfs(temp.resolve("r.tar"), name);
        registry.on(UPLOADS, StubRegistry.status(202, "Location", SESSION));
        registry.on(SESSION, this::take);
        registry.on(StubRegistry.MANIFEST, this::take);
    }

    @AfterEach
    void close() {
        registry.close();
        room.close();
    }

    private void take(HttpExchange exchange) throws IOException {
        long bytes = exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        authorizations.put(exchange.getRequestURI().getPath(), authorization == null ? "" : authorization);
        uploads.add(bytes);
        exchange.sendResponseHeaders(201, -1);
    }

    private boolean tagged() {
        return registry.asked.stream().anyMatch(a -> a.uri().contains("manifests"));
    }

    @Test
    void theManifestIsLast() {
        Digest digest = room.push(name);
        assertEquals(3, uploads.size());
        assertEquals(digest, room.images.find(name).orElseThrow().manifest());
        assertTrue(registry.asked.get(registry.asked.size() - 1).uri().contains("manifests/v1"), registry.asked::toString);
    }

    @Test
    void refusalsHaveRemediesAndSetNoTag() {
        Map<Integer, String> refusals = Map.of(403, "does not let you put", 404, "does not take", 405, "takes no images", 413, "has no room", 507, "has no room", 400, "answered 400", 200, "answered 200",
                302, "answered 302");
        refusals.forEach((status, why) -> {
            registry.on(SESSION, exchange -> {
                exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
                exchange.sendResponseHeaders(status, -1);
            });
            room.unpushed(why, name);
        });
        assertEquals(false, tagged());
    }

    /** As docker: where another repository may not be read, or nothing is known of mounting, the blob is sent. */
    @Test
    void whatCannotBeMountedIsSent() {
        room.images.tag(name, registry.host() + "/other/app:v1");
        for (int status : new int[] {400, 401, 403, 404, 405, 500}) {
            uploads.clear();
            registry.on(UPLOADS, exchange -> StubRegistry.status(exchange.getRequestURI().getQuery() == null ? 202 : status, "Location", SESSION).handle(exchange));
            room.push(name);
            assertEquals(3, uploads.size(), "mounts are answered by " + status);
        }
    }

    @Test
    void anUploadThatBeganInsteadOfAMountIsUsed() {
        room.images.tag(name, registry.host() + "/other/app:v1");
        registry.on(UPLOADS, exchange -> StubRegistry.status(202, "Location", SESSION + "?of=" + String.valueOf(exchange.getRequestURI().getQuery()).contains("mount")).handle(exchange));
        room.push(name);
        List<String> posts = registry.asked.stream().filter(a -> a.method().equals("POST")).map(StubRegistry.Asked::uri).toList();
        assertEquals(2, posts.size(), () -> "of two blobs: " + posts);
        assertEquals(3, uploads.size());
    }

    /** Token servers as GitLab's refuse all of what is asked when a part may not be had; docker's example knows one scope in each parameter. */
    @Test
    void tokensForTwoRepositories() {
        room.images.tag(name, registry.host() + "/other/app:v1");
        registry.on(UPLOADS, exchange -> {
            boolean known = exchange.getRequestHeaders().getFirst("Authorization") != null;
            exchange.getResponseHeaders().add(known ? "Location" : "WWW-Authenticate", known ? SESSION : "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
            exchange.sendResponseHeaders(known ? 202 : 401, -1);
        });
        registry.on("/token", exchange -> (exchange.getRequestURI().getQuery().contains("other/app") ? StubRegistry.status(403)
                : StubRegistry.bytes("application/json", "{\"token\":\"abc\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8))).handle(exchange));
        room.push(name);
        assertEquals(3, uploads.size());
        String asked = registry.asked.stream().map(StubRegistry.Asked::uri).filter(u -> u.contains("other%2Fapp") && u.startsWith("/token")).findFirst().orElseThrow();
        assertEquals("/token?service=s&scope=repository%3Aa%2Fapp%3Apull%2Cpush&scope=repository%3Aother%2Fapp%3Apull", asked);
    }

    @Test
    void anUploadThatBreaksBeginsAnew() {
        AtomicInteger begun = new AtomicInteger();
        registry.on(SESSION, exchange -> {
            if (exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(404, -1); // how far it came is forgotten
            } else if (begun.incrementAndGet() <= 3) {
                exchange.getRequestBody().readNBytes(1000);
                throw new IOException("broken off");
            } else {
                take(exchange);
            }
        });
        room.push(name);
        assertEquals(3, uploads.size());
        assertEquals(5, registry.asked.stream().filter(a -> a.uri().contains(UPLOADS)).count(), "each try has an upload of its own");
        registry.on(SESSION, exchange -> {
            throw new IOException("always");
        });
        room.unpushed("cannot be used at", name);
    }

    @Test
    void oneThatLiesAboutHowFarAnUploadCameIsNotFollowed() {
        for (String lie : List.of("0-99999999", "0-999999999999999999", "0-1999999999999999999999", "5-10", "bytes=0-5", "0-0", "-", "")) {
            AtomicInteger begun = new AtomicInteger();
            registry.asked.clear();
            registry.on(SESSION, exchange -> {
                if (exchange.getRequestMethod().equals("GET")) {
                    exchange.getResponseHeaders().add("Range", lie);
                    exchange.sendResponseHeaders(204, -1);
                } else if (begun.incrementAndGet() == 1) {
                    throw new IOException("broken off");
                } else {
                    take(exchange);
                }
            });
            room.push(name);
            assertTrue(registry.asked.stream().allMatch(a -> a.header("Content-Range").isEmpty()), lie);
        }
    }

    @Test
    void oneThatForgetsWhereAnUploadWasBeginsAnew() {
        for (int status : new int[] {404, 409, 416}) {
            List<String> ranges = new CopyOnWriteArrayList<>();
            AtomicInteger begun = new AtomicInteger();
            registry.on(SESSION, exchange -> {
                String range = exchange.getRequestHeaders().getFirst("Content-Range");
                if (exchange.getRequestMethod().equals("GET")) {
                    exchange.getResponseHeaders().add("Range", "0-9");
                    exchange.sendResponseHeaders(ranges.isEmpty() ? 204 : 404, -1);
                } else if (range != null) {
                    exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
                    ranges.add(range.substring(0, 3));
                    exchange.sendResponseHeaders(status, -1);
                } else if (Long.parseLong(exchange.getRequestHeaders().getFirst("Content-Length")) > 1_000_000 && begun.incrementAndGet() == 1) {
                    throw new IOException("broken off");
                } else {
                    take(exchange);
                }
            });
            room.push(name);
            assertEquals(List.of("10-"), ranges, "it went on once, and then anew");
        }
    }

    @Test
    void oneThatStandsStillIsGivenUp() {
        room.patience = Duration.ofSeconds(2);
        registry.on(UPLOADS, exchange -> pause());
        room.unpushed("timed out", name);
        assertEquals(false, tagged());
    }

    private static void pause() {
        try {
            Thread.sleep(8000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Row 82. */
    @Test
    void thePasswordDoesNotGoWhereAnUploadIsSentTo() {
        try (StubRegistry storage = new StubRegistry()) {
            storage.on(SESSION, this::take);
            registry.on(UPLOADS, exchange -> {
                boolean known = exchange.getRequestHeaders().getFirst("Authorization") != null;
                exchange.getResponseHeaders().add(known ? "Location" : "WWW-Authenticate", known ? "http://" + storage.host() + SESSION + "?signature=x" : "Basic realm=x");
                exchange.sendResponseHeaders(known ? 202 : 401, -1);
            });
            room.push(name, RegistryAccess.of(registry.host()).login("me", "pw"));
            assertEquals("", authorizations.get(SESSION));
            assertTrue(authorizations.get(StubRegistry.MANIFEST).startsWith("Basic "), "the control");
            assertTrue(storage.asked.get(0).uri().contains("signature=x&digest=sha256%3A"), storage.asked::toString);
        }
    }

    @Test
    void oneThatStoresSomethingElseIsNoticed() {
        registry.on(StubRegistry.MANIFEST, exchange -> {
            exchange.getResponseHeaders().add("Docker-Content-Digest", "sha256:" + "0".repeat(64));
            take(exchange);
        });
        room.unpushed("says that it stored sha256:0000", name);
    }

    @Test
    void aPlaceThatIsNone() {
        for (String nowhere : List.of("", "file:///etc/passwd", "http:///x", "http://127.0.0.1:70000/x")) {
            registry.on(UPLOADS, StubRegistry.status(202, "Location", nowhere));
            room.unpushed("redirects to no usable address", name);
        }
        assertEquals(false, tagged());
    }
}
