package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Manifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** OCI distribution spec 1.1, endpoint by endpoint. */
class ProtocolTest extends ServedTest {
    private static final byte[] CONTENT = bytes("0123456789");

    private static JsonNode json(Http.Answer answer) {
        try {
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(answer.text(), e);
        }
    }

    @Test
    void theBaseSaysWhatIsSpoken() {
        Http http = serve();
        assertEquals("registry/2.0", http.get("/v2/").header("Docker-Distribution-Api-Version"));
        assertEquals(200, http.get("/v2/").status());
        refused(404, "UNSUPPORTED", http.get("/"));
        refused(405, "UNSUPPORTED", http.send("POST", "/v2/", NOTHING));
        refused(405, "UNSUPPORTED", http.send("TRACE", "/v2/a/manifests/b", NOTHING));
    }

    @Test
    void aBlobInOneRequest() {
        Http http = serve();
        Digest digest = digest(CONTENT);
        Http.Answer created = http.send("POST", "/v2/team/app/blobs/uploads/?digest=" + digest.toString().replace(":", "%3A"), CONTENT);
        assertEquals(201, created.status());
        assertEquals("/v2/team/app/blobs/" + digest, created.header("Location"));
        Http.Answer head = http.send("HEAD", "/v2/team/app/blobs/" + digest, NOTHING);
        assertEquals("200 10 " + digest + " bytes", head.status() + " " + head.header("Content-Length") + " " + head.header("Docker-Content-Digest") + " " + head.header("Accept-Ranges"));
        assertArrayEquals(CONTENT, http.get("/v2/team/app/blobs/" + digest).body());
        refused(404, "BLOB_UNKNOWN", http.get("/v2/team/app/blobs/" + MISSING));
        refused(404, "BLOB_UNKNOWN", http.get("/v2/team/other/blobs/" + digest));
        assertEquals(404, http.send("HEAD", "/v2/team/app/blobs/" + MISSING, NOTHING).status());
    }

    @Test
    void aBlobInTwoRequests() {
        Http http = serve();
        Http.Answer begun = http.send("POST", "/v2/app/blobs/uploads/", NOTHING);
        assertEquals(202, begun.status());
        assertEquals(begun.header("Location"), "/v2/app/blobs/uploads/" + begun.header("Docker-Upload-UUID"));
        assertEquals(201, http.send("PUT", begun.header("Location") + "?digest=" + digest(CONTENT), CONTENT).status());
        refused(404, "BLOB_UPLOAD_UNKNOWN", http.send("PUT", begun.header("Location") + "?digest=" + digest(CONTENT), CONTENT));
    }

    @Test
    void aBlobInChunks() {
        Http http = serve();
        String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        assertEquals("0-0", http.get(at).header("Range"), "as docker's registry says it");
        Http.Answer first = http.send("PATCH", at, bytes("0123"), "Content-Range", "0-3");
        assertEquals("202 0-3", first.status() + " " + first.header("Range"));
        at = first.header("Location");
        Http.Answer gap = http.send("PATCH", at, bytes("56"), "Content-Range", "5-6");
        refused(416, "RANGE_INVALID", gap);
        assertEquals("0-3 " + at, gap.header("Range") + " " + gap.header("Location"));
        refused(416, "RANGE_INVALID", http.send("PATCH", at, bytes("0123"), "Content-Range", "0-3"));
        refused(400, "SIZE_INVALID", http.send("PATCH", at, bytes("456"), "Content-Range", "4-5"));
        refused(400, "BLOB_UPLOAD_INVALID", http.send("PATCH", at, bytes("456"), "Content-Range", "4-"));
        Http.Answer status = http.get(at);
        assertEquals("204 0-3", status.status() + " " + status.header("Range"));
        Http.Answer chunked = http.send("PATCH", at, bytes("2\r\n45\r\n1;x=y\r\n6\r\n0\r\nTrailer: t\r\n\r\n"), "Transfer-Encoding", "chunked");
        assertEquals("202 0-6", chunked.status() + " " + chunked.header("Range"));
        assertEquals(201, http.send("PUT", at + "?digest=" + digest(CONTENT), bytes("789"), "Content-Range", "7-9").status());
        assertArrayEquals(CONTENT, http.get("/v2/app/blobs/" + digest(CONTENT)).body());
    }

    @Test
    void sha512AndNothingAtAll() {
        Http http = serve();
        Digest sha512 = Digest.of("sha512", CONTENT);
        assertEquals(201, http.send("POST", "/v2/app/blobs/uploads/?digest=" + sha512, CONTENT).status());
        assertArrayEquals(CONTENT, http.get("/v2/app/blobs/" + sha512).body());
        refused(400, "DIGEST_INVALID", http.send("POST", "/v2/app/blobs/uploads/?digest=" + sha512, bytes("other")));
        blob(http, "app", NOTHING);
        assertEquals(200, http.get("/v2/app/blobs/" + digest(NOTHING)).status());
    }

    @Test
    void anUploadCanBeGivenUp() {
        Http http = serve();
        String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
        http.send("PATCH", at, CONTENT);
        assertEquals(204, http.send("DELETE", at, NOTHING).status());
        refused(404, "BLOB_UPLOAD_UNKNOWN", http.get(at));
    }

    @Test
    void aPartOfABlob() {
        Http http = serve();
        String at = "/v2/app/blobs/" + blob(http, "app", CONTENT);
        Http.Answer part = http.get(at, "Range", "bytes=2-4");
        assertEquals("206 bytes 2-4/10 234", part.status() + " " + part.header("Content-Range") + " " + part.text());
        assertEquals("789", http.get(at, "Range", "bytes=7-").text());
        assertEquals("89", http.get(at, "Range", "bytes=-2").text());
        Http.Answer beyond = http.get(at, "Range", "bytes=10-");
        refused(416, "RANGE_INVALID", beyond);
        assertEquals("bytes */10", beyond.header("Content-Range"));
        assertEquals(200, http.get(at, "Range", "bytes=0-1,4-5").status());
        assertEquals(200, http.get(at, "Range", "bytes=2-4", "If-Range", "\"other\"").status());
        assertEquals(206, http.get(at, "Range", "bytes=2-4", "If-Range", part.header("ETag")).status());
        Http.Answer head = http.send("HEAD", at, NOTHING, "Range", "bytes=2-4");
        assertEquals("206 3", head.status() + " " + head.header("Content-Length"));
    }

    @Test
    void aBlobOfAnotherRepository() {
        Http http = serve();
        Digest digest = blob(http, "from/here", CONTENT);
        Http.Answer mounted = http.send("POST", "/v2/to/there/blobs/uploads/?mount=" + digest + "&from=from/here", NOTHING);
        assertEquals("201 /v2/to/there/blobs/" + digest, mounted.status() + " " + mounted.header("Location"));
        assertArrayEquals(CONTENT, http.get("/v2/to/there/blobs/" + digest).body());
        Http.Answer missing = http.send("POST", "/v2/to/there/blobs/uploads/?mount=" + MISSING + "&from=from/here", NOTHING);
        assertEquals(202, missing.status());
        http.send("DELETE", missing.header("Location"), NOTHING);
        assertEquals(202, http.send("DELETE", "/v2/from/here/blobs/" + digest, NOTHING).status());
        refused(404, "BLOB_UNKNOWN", http.get("/v2/from/here/blobs/" + digest));
        assertEquals(200, http.get("/v2/to/there/blobs/" + digest).status(), "the other one keeps it");
        refused(404, "BLOB_UNKNOWN", http.send("DELETE", "/v2/from/here/blobs/" + digest, NOTHING));
    }

    @Test
    void manifestsByTagAndDigest() {
        Http http = serve();
        Digest digest = image(http, "team/app", "v1", "");
        Http.Answer byTag = http.get("/v2/team/app/manifests/v1");
        assertEquals(Manifest.OCI_MANIFEST + " " + digest, byTag.header("Content-Type") + " " + byTag.header("Docker-Content-Digest"));
        assertArrayEquals(byTag.body(), http.get("/v2/team/app/manifests/" + digest).body());
        assertEquals(Integer.toString(byTag.body().length), http.send("HEAD", "/v2/team/app/manifests/v1", NOTHING).header("Content-Length"));
        refused(404, "MANIFEST_UNKNOWN", http.get("/v2/team/app/manifests/v2"));
        refused(404, "MANIFEST_UNKNOWN", http.get("/v2/team/app/manifests/" + MISSING));
        refused(404, "MANIFEST_UNKNOWN", http.get("/v2/team/manifests/v1"));
        assertEquals(201, http.send("PUT", "/v2/team/app/manifests/" + digest, byTag.body(), "Content-Type", Manifest.OCI_MANIFEST).status());
        refused(400, "DIGEST_INVALID", http.send("PUT", "/v2/team/app/manifests/" + MISSING, byTag.body(), "Content-Type", Manifest.OCI_MANIFEST));
        byte[] other = manifest(bytes("{}"), bytes("layer of team/app"), ",\"annotations\":{\"a\":\"b\"}");
        assertEquals(201, http.send("PUT", "/v2/team/app/manifests/v1", other, "Content-Type", Manifest.OCI_MANIFEST).status());
        assertArrayEquals(other, http.get("/v2/team/app/manifests/v1").body(), "a tag moves");
        assertEquals(200, http.get("/v2/team/app/manifests/" + digest).status());
    }

    @Test
    void anIndexNeedsItsManifests() {
        Http http = serve();
        Digest digest = image(http, "app", "v1", "");
        for (String[] type : new String[][] {{Manifest.OCI_INDEX, Manifest.OCI_MANIFEST}, {Manifest.DOCKER_LIST, Manifest.DOCKER_MANIFEST}}) {
            byte[] index = bytes("{\"schemaVersion\":2,\"mediaType\":\"" + type[0] + "\",\"manifests\":[" + descriptor(type[1], digest, 1) + "]}");
            refused(400, "MANIFEST_BLOB_UNKNOWN", http.send("PUT", "/v2/other/manifests/all", index, "Content-Type", type[0]));
            assertEquals(201, http.send("PUT", "/v2/app/manifests/all", index, "Content-Type", type[0]).status());
            assertEquals(type[0], http.get("/v2/app/manifests/all").header("Content-Type"));
        }
    }

    @Test
    void aManifestNeedsItsBlobs() {
        Http http = serve();
        byte[] manifest = manifest(bytes("{}"), bytes("x"), "");
        refused(400, "MANIFEST_BLOB_UNKNOWN", http.send("PUT", "/v2/app/manifests/v1", manifest, "Content-Type", Manifest.OCI_MANIFEST));
        blob(http, "app", bytes("{}"));
        blob(http, "elsewhere", bytes("x"));
        refused(400, "MANIFEST_BLOB_UNKNOWN", http.send("PUT", "/v2/app/manifests/v1", manifest, "Content-Type", Manifest.OCI_MANIFEST));
        refused(404, "NAME_UNKNOWN", http.get("/v2/app/tags/list"));
        blob(http, "app", bytes("x"));
        assertEquals(201, http.send("PUT", "/v2/app/manifests/v1", manifest, "Content-Type", Manifest.OCI_MANIFEST).status());
    }

    @Test
    void tagsAndRepositoriesPageByPage() {
        Http http = serve();
        for (String tag : List.of("b", "a", "C", "10", "9")) {
            image(http, "team/app", tag, "");
        }
        assertEquals("{\"name\":\"team/app\",\"tags\":[\"10\",\"9\",\"C\",\"a\",\"b\"]}", http.get("/v2/team/app/tags/list").text());
        Http.Answer page = http.get("/v2/team/app/tags/list?n=2");
        assertEquals("{\"name\":\"team/app\",\"tags\":[\"10\",\"9\"]}", page.text());
        assertEquals("</v2/team/app/tags/list?n=2&last=9>; rel=\"next\"", page.header("Link"));
        assertEquals("{\"name\":\"team/app\",\"tags\":[\"C\",\"a\"]}", http.get("/v2/team/app/tags/list?n=2&last=9").text());
        Http.Answer last = http.get("/v2/team/app/tags/list?n=2&last=a");
        assertEquals("{\"name\":\"team/app\",\"tags\":[\"b\"]}", last.text());
        assertEquals("", last.header("Link"));
        assertEquals("{\"name\":\"team/app\",\"tags\":[]}", http.get("/v2/team/app/tags/list?n=0").text());
        assertEquals("{\"name\":\"team/app\",\"tags\":[\"b\"]}", http.get("/v2/team/app/tags/list?last=aa").text());
        refused(400, "PAGINATION_NUMBER_INVALID", http.get("/v2/team/app/tags/list?n=-1"));
        refused(404, "NAME_UNKNOWN", http.get("/v2/team/tags/list"));
        image(http, "team", "v", "");
        image(http, "team-b", "v", "");
        blob(http, "only/a/blob", CONTENT);
        assertEquals("{\"repositories\":[\"team\",\"team-b\",\"team/app\"]}", http.get("/v2/_catalog").text());
        assertEquals("</v2/_catalog?n=2&last=team-b>; rel=\"next\"", http.get("/v2/_catalog?n=2").header("Link"));
    }

    @Test
    void deletion() {
        Http http = serve();
        Digest digest = image(http, "app", "v1", "");
        image(http, "app", "v2", "");
        assertEquals(202, http.send("DELETE", "/v2/app/manifests/v1", NOTHING).status());
        refused(404, "MANIFEST_UNKNOWN", http.get("/v2/app/manifests/v1"));
        assertEquals(digest.toString(), http.get("/v2/app/manifests/v2").header("Docker-Content-Digest"), "a tag alone was deleted");
        assertEquals(202, http.send("DELETE", "/v2/app/manifests/" + digest, NOTHING).status());
        refused(404, "MANIFEST_UNKNOWN", http.get("/v2/app/manifests/v2"));
        refused(404, "MANIFEST_UNKNOWN", http.send("DELETE", "/v2/app/manifests/" + digest, NOTHING));
        assertEquals("{\"name\":\"app\",\"tags\":[]}", http.get("/v2/app/tags/list").text());
    }

    @Test
    void whatRefersToAManifest() {
        Http http = serve();
        Digest image = image(http, "app", "v1", "");
        assertEquals(0, json(http.get("/v2/app/referrers/" + image)).path("manifests").size());
        String subject = ",\"subject\":" + descriptor(Manifest.OCI_MANIFEST, image, 1);
        byte[] signature = manifest(bytes("{}"), bytes("layer of app"), subject + ",\"artifactType\":\"application/x.signature\",\"annotations\":{\"by\":\"me\"}");
        Http.Answer put = http.send("PUT", "/v2/app/manifests/" + digest(signature), signature, "Content-Type", Manifest.OCI_MANIFEST);
        assertEquals(image.toString(), put.header("OCI-Subject"));
        Digest plain = image(http, "app", "attached", subject);
        Http.Answer all = http.get("/v2/app/referrers/" + image);
        assertEquals(Manifest.OCI_INDEX, all.header("Content-Type"));
        assertEquals(2, json(all).path("manifests").size(), all::text);
        Http.Answer some = http.get("/v2/app/referrers/" + image + "?artifactType=application/x.signature");
        assertEquals("artifactType", some.header("OCI-Filters-Applied"));
        JsonNode only = json(some).path("manifests");
        assertEquals(1, only.size());
        assertEquals("{\"mediaType\":\"" + Manifest.OCI_MANIFEST + "\",\"digest\":\"" + digest(signature) + "\",\"size\":" + signature.length
                + ",\"artifactType\":\"application/x.signature\",\"annotations\":{\"by\":\"me\"}}", only.get(0).toString());
        assertEquals("application/vnd.oci.image.config.v1+json", json(http.get("/v2/app/referrers/" + image + "?artifactType=application/vnd.oci.image.config.v1%2Bjson"))
                .path("manifests").path(0).path("artifactType").asText(), "without an artifactType it is the config's");
        Http.Answer page = http.get("/v2/app/referrers/" + image + "?n=1");
        assertEquals(1, json(page).path("manifests").size());
        assertTrue(page.header("Link").startsWith("</v2/app/referrers/" + image + "?n=1&last=sha256%3A"), page.header("Link"));
        assertEquals("0 ", json(http.get("/v2/app/referrers/" + image + "?n=0")).path("manifests").size() + " " + http.get("/v2/app/referrers/" + image + "?n=0").header("Link"));
        http.send("DELETE", "/v2/app/manifests/" + plain, NOTHING);
        assertEquals(1, json(http.get("/v2/app/referrers/" + image)).path("manifests").size());
        assertEquals(0, json(http.get("/v2/nowhere/referrers/" + MISSING)).path("manifests").size(), "never 404");
    }

    @Test
    void referrersWithLargeAnnotationsComeInPagesOfAManifestsSize() {
        Http http = serve();
        Digest image = image(http, "app", "v1", "");
        String more = ",\"subject\":" + descriptor(Manifest.OCI_MANIFEST, image, 1) + ",\"annotations\":{\"large\":\"";
        for (int i = 0; i < 5; i++) {
            image(http, "app", "r" + i, more + i + "x".repeat(1_500_000) + "\"}");
        }
        int seen = 0;
        int pages = 0;
        for (String next = "/v2/app/referrers/" + image; !next.isEmpty(); pages++) {
            Http.Answer page = http.get(next);
            assertTrue(page.body().length <= Manifest.LIMIT, () -> page.body().length + " bytes");
            seen += json(page).path("manifests").size();
            next = page.header("Link").replaceFirst("<([^>]*)>.*", "$1");
        }
        assertEquals("5 3", seen + " " + pages);
    }

    @Test
    void whatNobodyNeedsIsCollected() throws Exception {
        Http http = serve();
        Digest kept = image(http, "kept", "v1", "");
        Digest gone = image(http, "gone", "v1", "");
        Digest young = blob(http, "gone", bytes("of a push under way"));
        http.send("DELETE", "/v2/gone/manifests/" + gone, NOTHING);
        long freed = server.collectGarbage(Duration.ofHours(1));
        assertEquals(404, http.get("/v2/gone/manifests/" + gone).status());
        assertEquals(200, http.get("/v2/gone/blobs/" + young).status(), "what is young is spared");
        assertNotEquals(0, freed, "the manifest itself is in no repository");
        server.collectGarbage(Duration.ZERO);
        assertEquals(404, http.get("/v2/gone/blobs/" + young).status());
        assertEquals(404, http.get("/v2/gone/blobs/" + digest(bytes("layer of gone"))).status());
        assertEquals(200, http.get("/v2/kept/manifests/" + kept).status());
        assertEquals(200, http.get("/v2/kept/blobs/" + digest(bytes("layer of kept"))).status());
        assertEquals(200, http.get("/v2/kept/blobs/" + digest(bytes("{}"))).status(), "a blob of both is kept");
        try (var files = Files.walk(directory().resolve("blobs"))) {
            assertEquals(3, files.filter(Files::isRegularFile).count());
        }
    }

    @Test
    void allIsThereAfterARestart() {
        Http http = serve();
        Digest digest = image(http, "team/app", "v1", "");
        http.send("PATCH", http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location"), CONTENT);
        server.close();
        http = serve();
        assertEquals(digest.toString(), http.get("/v2/team/app/manifests/v1").header("Docker-Content-Digest"));
        assertEquals("layer of team/app", http.get("/v2/team/app/blobs/" + digest(bytes("layer of team/app"))).text());
    }

    @Test
    void manyRequestsOnOneConnection() throws IOException {
        Http http = serve();
        Digest digest = blob(http, "app", CONTENT);
        try (Socket socket = http.open()) {
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            for (int i = 0; i < 3; i++) {
                both.write(bytes("GET /v2/app/blobs/" + digest + " HTTP/1.1\r\nHost: x\r\n\r\nHEAD /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
            socket.getOutputStream().write(both.toByteArray());
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(CONTENT, Http.read(socket.getInputStream(), "GET").body());
                assertEquals(200, Http.read(socket.getInputStream(), "HEAD").status());
            }
        }
    }

    @Test
    void aBodyIsAskedForOnlyWhenItIsWanted() throws IOException {
        Http http = serve();
        for (String repository : List.of("app", "App")) {
            try (Socket socket = http.open()) {
                socket.getOutputStream().write(bytes("POST /v2/" + repository + "/blobs/uploads/?digest=" + digest(CONTENT) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
                Http.Answer first = Http.read(socket.getInputStream(), "POST");
                assertEquals(repository.equals("app") ? 100 : 400, first.status());
                if (first.status() == 100) {
                    socket.getOutputStream().write(CONTENT);
                    assertEquals(201, Http.read(socket.getInputStream(), "POST").status());
                }
            }
        }
    }
}
