package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that mean harm, seen from the registry: paths, digests, documents, slow and endless bodies. Rows 68, 76, 80 and 88 of security.md. */
@Timeout(180)
class HostileClientTest extends ServedTest {
    private static final Duration IMPATIENT = Duration.ofSeconds(1);

    private static Http.Answer raw(Http http, String request) throws IOException {
        try (Socket socket = http.open()) {
            socket.getOutputStream().write(request.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            return Http.read(socket.getInputStream(), "GET");
        }
    }

    private List<String> files() throws IOException {
        try (Stream<java.nio.file.Path> all = Files.walk(temp)) {
            return all.filter(Files::isRegularFile).map(p -> directory().relativize(p).toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/../x/manifests/v1", "/v2/a/../../b/tags/list", "/v2/a//b/tags/list", "/v2/_tags/tags/list", "/v2/a/_blobs/manifests/x", "/v2/.hidden/tags/list",
        "/v2/a%2Fb/tags/list", "/v2/a%00/tags/list", "/v2/A/tags/list", "/v2//tags/list", "/v2/a/manifests/..", "/v2/a/manifests/.x", "/v2/a/manifests/a%2F..%2Fb", "/v2/a/blobs/sha256:../../x",
        "/v2/a/blobs/sha256:ABC", "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e", "/v2/a/blobs/uploads/../../../lock", "/v2/a/blobs/uploads/%2e%2e", "/v2/a/referrers/x",
      })
    void pathsThatAreNone(String path) throws IOException {
        Http http = serve();
        List<String> before = files();
        for (String method : new String[] {"GET", "HEAD", "PUT", "DELETE", "PATCH", "POST"}) {
            int status = http.send(method, path, NOTHING, "Content-Type", Manifest.OCI_MANIFEST).status();
            assertTrue(status >= 400 && status < 500, method + " " + status);
        }
        assertEquals(before, files());
    }

    @Test
    void aNameLongerThanThereMayBe() {
        Http http = serve();
        String longest = "a".repeat(255);
        blob(http, longest, bytes("x"));
        refused(400, "NAME_INVALID", http.get("/v2/" + longest + "a/tags/list"));
        assertEquals(202, giveUp(http, http.send("POST", "/v2/" + "a/".repeat(127) + "a/blobs/uploads/", NOTHING)));
    }

    private static int giveUp(Http http, Http.Answer begun) {
        http.send("DELETE", begun.header("Location"), NOTHING);
        return begun.status();
    }

    @Test
    void whatIsNotWhatItsDigestSaysIsNotKept() throws IOException {
        Http http = serve();
        Digest digest = digest(bytes("good"));
        refused(400, "DIGEST_INVALID", http.send("POST", "/v2/app/blobs/uploads/?digest=" + digest, bytes("evil")));
        String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        http.send("PATCH", at, bytes("ev"));
        refused(400, "DIGEST_INVALID", http.send("PUT", at + "?digest=" + digest, bytes("il")));
        refused(404, "BLOB_UPLOAD_UNKNOWN", http.get(at));
        at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        refused(400, "DIGEST_INVALID", http.send("PUT", at, bytes("good")));
        refused(400, "DIGEST_INVALID", http.send("PUT", at + "?digest=sha1:" + "0".repeat(40), bytes("good")));
        refused(400, "DIGEST_INVALID", http.send("PUT", at + "?digest=" + digest + "%00", bytes("good")));
        http.send("DELETE", at, NOTHING);
        refused(404, "BLOB_UNKNOWN", http.get("/v2/app/blobs/" + digest));
        assertEquals(List.of("lock", "version"), files());
    }

    @Test
    void aBlobLargerThanThereMayBe() throws IOException {
        Http http = serve(b -> b.largestBlob(1000));
        byte[] large = new byte[1001];
        refused(413, "SIZE_INVALID", http.send("POST", "/v2/app/blobs/uploads/?digest=" + digest(large), large));
        String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        http.send("PATCH", at, new byte[600]);
        refused(413, "SIZE_INVALID", http.send("PATCH", at, new byte[600]));
        http.send("DELETE", at, NOTHING);
        blob(http, "app", new byte[1000]);
        assertEquals(4, files().size());
    }

    @Test
    void manifestsThatAreNone() {
        Http http = serve();
        byte[] config = bytes("{}");
        blob(http, "app", config);
        blob(http, "app", bytes("x"));
        String good = new String(manifest(config, bytes("x"), ""));
        String at = "/v2/app/manifests/v1";
        refused(413, "SIZE_INVALID", http.send("PUT", at, new byte[Manifest.LIMIT + 1], "Content-Type", Manifest.OCI_MANIFEST));
        refused(415, "MANIFEST_INVALID", http.send("PUT", at, bytes(good), "Content-Type", "application/json"));
        refused(415, "MANIFEST_INVALID", http.send("PUT", at, bytes(good), "Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"));
        refused(400, "MANIFEST_INVALID", http.send("PUT", at, bytes(good), "Content-Type", Manifest.DOCKER_MANIFEST));
        refused(400, "MANIFEST_INVALID", http.send("PUT", at, bytes(good), "Content-Type", Manifest.OCI_INDEX));
        for (String bad : List.of("", "[]", "null", "{", good + "{}", good.replace(":2,", ":1,"), good.replace("\"config\"", "\"x\""), good.replace("\"layers\":[", "\"layers\":[1,"),
                good.replace("\"layers\"", "\"manifests\":[],\"layers\""), good.replace("{\"schema", "{\"schemaVersion\":2,\"schema"), good.replace("\"size\":2", "\"size\":-2"),
                good.replace("\"size\":2", "\"size\":99999999999999999999"), good.replace("\"layers\":[", "\"annotations\":{\"a\":1},\"layers\":["), good.replace("\"layers\":[", "\"fsLayers\":[],\"layers\":["),
                good.replace("\"layers\":[", "\"a\":" + "[".repeat(100) + "]".repeat(100) + ",\"layers\":["))) {
            refused(400, "MANIFEST_INVALID", http.send("PUT", at, bytes(bad), "Content-Type", Manifest.OCI_MANIFEST));
        }
        refused(400, "DIGEST_INVALID", http.send("PUT", at, bytes(good.replace("sha256:", "sha256:../")), "Content-Type", Manifest.OCI_MANIFEST));
        refused(404, "MANIFEST_UNKNOWN", http.get(at));
    }

    @Test
    void uploadsOfOthers() {
        serve(b -> b.user("me", "pw").user("you", "pw"));
        Http me = as(basic("me", "pw"));
        Http you = as(basic("you", "pw"));
        String at = me.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        for (String method : List.of("GET", "PATCH", "DELETE")) {
            refused(404, "BLOB_UPLOAD_UNKNOWN", you.send(method, at, NOTHING));
            refused(404, "BLOB_UPLOAD_UNKNOWN", me.send(method, at.replace("/app/", "/other/"), NOTHING));
        }
        refused(404, "BLOB_UPLOAD_UNKNOWN", you.send("PUT", at + "?digest=" + digest(bytes("x")), bytes("x")));
        assertEquals(204, me.send("DELETE", at, NOTHING).status());
    }

    @Test
    void twoAtTheSameUpload() throws IOException {
        Http http = serve();
        String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        try (Socket socket = http.open()) {
            socket.getOutputStream().write(bytes("PATCH " + at + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"));
            Http.Answer other;
            do { // until the first one has it
                other = http.get(at);
            } while (!other.header("Range").equals("0-1"));
            refused(409, "BLOB_UPLOAD_INVALID", http.send("PATCH", at, bytes("cd")));
            refused(409, "BLOB_UPLOAD_INVALID", http.send("DELETE", at, NOTHING));
            socket.getOutputStream().write(bytes("cd"));
            assertEquals("0-3", Http.read(socket.getInputStream(), "PATCH").header("Range"));
        }
        assertEquals(201, http.send("PUT", at + "?digest=" + digest(bytes("abcd")), NOTHING).status());
    }

    @Test
    void whatCameBeforeAnUploadBrokeIsKept() throws IOException {
        Http http = serve();
        String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        try (Socket socket = http.open()) {
            socket.getOutputStream().write(bytes("PUT " + at + "?digest=" + digest(bytes("abcd")) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"));
            while (!http.get(at).header("Range").equals("0-1")) {
                Thread.onSpinWait();
            }
        }
        Http.Answer rest;
        do { // until the broken one has let go
            rest = http.send("PATCH", at, bytes("cd"), "Content-Range", "2-3");
        } while (rest.status() == 409);
        assertEquals(202, rest.status(), rest::text);
        assertEquals(201, http.send("PUT", at + "?digest=" + digest(bytes("abcd")), NOTHING).status());
    }

    @Test
    void whoStandsStillIsCutOff() throws IOException {
        Http http = serve(b -> b.patience(IMPATIENT));
        String upload = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        for (String part : List.of("", "G", "GET /v2/ HTTP/1.1\r\nHost: x\r\n", "PATCH " + upload + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nab",
                "PATCH " + upload + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")) {
            try (Socket socket = http.open()) {
                socket.getOutputStream().write(bytes(part));
                assertEquals(-1, end(socket), part);
            }
        }
        Http.Answer left;
        do {
            left = http.send("DELETE", upload, NOTHING);
        } while (left.status() == 409);
        assertEquals(204, left.status());
    }

    /** The end of the stream, or -1 for a connection that was reset. */
    private static int end(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (java.net.SocketException e) {
            return -1;
        }
    }

    @Test
    void whoDripsIsCutOff() throws IOException, InterruptedException {
        Http http = serve(b -> b.patience(IMPATIENT));
        try (Socket socket = http.open()) {
            socket.getOutputStream().write(bytes("GET /v2/ HTTP/1.1\r\nHost: x\r\nX: "));
            assertThrows(IOException.class, () -> {
                while (true) { // each byte is well within the patience
                    socket.getOutputStream().write('x');
                    Thread.sleep(10);
                }
            });
        }
    }

    @Test
    void whoDoesNotReadIsCutOff() throws IOException {
        Http http = serve(b -> b.patience(IMPATIENT).threads(2));
        byte[] large = new byte[32 << 20];
        Digest digest = blob(http, "app", large);
        try (Socket one = http.open(); Socket two = http.open()) {
            for (Socket socket : List.of(one, two)) {
                socket.getOutputStream().write(bytes("GET /v2/app/blobs/" + digest + " HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
            answeredAgain(http);
            assertTrue(came(one) < large.length || came(two) < large.length, "whose thread it was did not get all");
        }
    }

    /** Who has to wait for a thread longer than the patience is cut off too, and asks again. */
    private static void answeredAgain(Http http) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            try {
                assertEquals(200, http.get("/v2/").status());
                return;
            } catch (java.io.UncheckedIOException e) {
                assertTrue(System.nanoTime() < deadline, "no thread comes free again");
            }
        }
    }

    private static int came(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes().length;
        } catch (java.net.SocketException e) {
            return 0; // reset
        }
    }

    @Test
    void idleConnectionsKeepNobodyOut() throws IOException {
        Http http = serve(b -> b.threads(2));
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = http.open();
                idle.add(socket);
                socket.getOutputStream().write(bytes("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"));
                assertEquals(200, Http.read(socket.getInputStream(), "GET").status());
            }
            assertEquals(200, http.get("/v2/").status());
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void headsThatAreNone() throws IOException {
        Http http = serve();
        for (String head : List.of("nonsense\r\n\r\n", "GET /v2/ HTTP/1.1\r\n\r\n", "GET /v2/ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "GET /v2/ HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
                "GET /v2/ HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", "GET /v2/ HTTP/2.0\r\nHost: x\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "GET /v2/" + "x".repeat(20_000),
                "GET /v2/ HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(10_000) + "\r\n", "GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
                "POST /v2/a/blobs/uploads/?digest=" + MISSING + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) {
            int status = raw(http, head).status();
            assertTrue(status >= 400 && status < 600 && status != 500, () -> status + " to " + head.substring(0, Math.min(100, head.length())));
        }
        assertEquals(200, http.get("/v2/").status());
    }

    @Test
    void whoTriesTlsIsToldAtOnce() throws IOException {
        Http http = serve();
        try (Socket socket = http.open()) {
            socket.getOutputStream().write(new byte[] {0x16, 3, 1});
            assertTrue(new String(socket.getInputStream().readAllBytes()).startsWith("HTTP/1.1 400"), "no TLS client takes that for a greeting");
        }
    }

    @Test
    void garbage() throws IOException {
        Http http = serve();
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[1 + random.nextInt(2000)];
            random.nextBytes(noise);
            try (Socket socket = http.open()) {
                socket.getOutputStream().write(noise);
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                byte[] answer = in.readAllBytes();
                assertFalse(new String(answer).startsWith("HTTP/1.1 2"), () -> new String(answer));
            } catch (java.net.SocketException e) {
                // closed under us
            }
        }
        assertArrayEquals(bytes("{}"), http.get("/v2/").body());
    }
}
