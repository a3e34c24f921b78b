package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.TransferProgress.Phase;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.RealRegistry;
import dev.caisson.testkit.registry.TokenServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's docker-registry with images that skopeo put there. */
@Tag("host")
class RealRegistryTest {
    private static final String APP = "/team/app:v1";

    @TempDir
    Path temp;
    private PullRoom room;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
    }

    @AfterEach
    void close() {
        room.close();
    }

    private String sh(String script) {
        return PlainLayers.output("sh", "-ec", "cd " + temp + "; " + script);
    }

    /** Two layers and a configuration, by umoci. */
    private void image() {
        sh("umoci init --layout oci; umoci new --image oci:tag; umoci unpack --image oci:tag b; mkdir b/rootfs/etc; echo one > b/rootfs/etc/one; head -c 300000 /dev/urandom > b/rootfs/big;"
                + "umoci repack --refresh-bundle --image oci:tag b; echo two > b/rootfs/etc/two; umoci repack --image oci:tag b; umoci config --image oci:tag --config.cmd /bin/x; umoci gc --layout oci");
    }

    private void push(RealRegistry registry, String options) {
        image();
        sh("skopeo copy -q " + options + " oci:oci:tag docker://" + registry.host() + APP);
    }

    private void pulled(ImageRecord record) {
        Path tree = room.driver.tree(room.images.resolve(record.config().toString()).top());
        assertEquals("", sh("diff -r b/rootfs " + tree));
        room.content.blobs().forEach(room.content::verify);
        assertEquals(5 - 1, room.content.blobs().size(), "manifest, configuration, two layers");
    }

    @Test
    void pullAndPullAgain() {
        try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
            push(registry, "--dest-tls-verify=false");
            ImageRecord record = room.pull(registry.host() + APP);
            pulled(record);
            assertEquals(List.of(registry.host() + APP), record.references());
            assertEquals(3, room.progress.stream().filter(p -> p.phase() == Phase.VERIFIED).count());
            var last = room.progress.get(room.progress.size() - 1);
            assertEquals(last.totalSize(), last.totalDone());
            room.progress.clear();
            int asked = registry.log().split("/v2/.*/blobs/", -1).length;
            assertEquals(record, room.pull(registry.host() + APP));
            assertEquals(List.of(Phase.PRESENT), room.progress.stream().map(p -> p.phase()).distinct().toList());
            assertEquals(asked, registry.log().split("/v2/.*/blobs/", -1).length, "what is here is not asked for");
            assertEquals(record.manifest(), room.pull(registry.host() + "/team/app@" + record.manifest()).manifest());
            ImageProblem none = room.refused("has no " + registry.host() + "/team/app:v2", registry.host() + "/team/app:v2");
            assertTrue(none.getMessage().contains("MANIFEST_UNKNOWN"), none.getMessage());
            room.refused("has no", registry.host() + "/team/other:v1");
            room.refused("has no", registry.host() + "/team/app@sha256:" + "a".repeat(64));
        }
    }

    @Test
    void dockerSchema2AndLists() {
        try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
            image();
            sh("skopeo copy -q --dest-tls-verify=false --format v2s2 oci:oci:tag docker://" + registry.host() + APP);
            ImageRecord record = room.pull(registry.host() + APP);
            assertEquals("", sh("diff -r b/rootfs " + room.driver.tree(room.images.resolve(record.config().toString()).top())));
            String size = sh("curl -sI -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' http://" + registry.host()
                    + "/v2/team/app/manifests/v1 | tr -d '\\r' | sed -n 's/[Cc]ontent-[Ll]ength: //p'").strip();
            String ours = "{\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"size\":" + size + ",\"digest\":\"" + record.manifest() + "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"";
            String list = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.list.v2+json\",\"manifests\":[" + ours + "s390x\"}}," + ours + room.images.host().architecture() + "\"}}]}";
            put(registry, "both", list);
            assertEquals(record.manifest(), room.pull(registry.host() + "/team/app:both").manifest());
            put(registry, "other", list.replace(room.images.host().architecture(), "riscv64"));
            ImageProblem problem = room.refused("linux/riscv64", registry.host() + "/team/app:other");
            assertTrue(problem.getMessage().contains("linux/s390x"), problem.getMessage());
        }
    }

    private void put(RealRegistry registry, String tag, String list) {
        try {
            Files.writeString(temp.resolve("list.json"), list);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        sh("curl -sfS -X PUT -H 'Content-Type: application/vnd.docker.distribution.manifest.list.v2+json' --data-binary @list.json http://" + registry.host() + "/v2/team/app/manifests/" + tag);
    }

    @Test
    void passwords() throws IOException {
        try (RealRegistry registry = RealRegistry.password(temp.resolve("registry"), "me", "secret:word")) {
            push(registry, "--dest-tls-verify=false --dest-creds me:secret:word");
            String reference = registry.host() + APP;
            ImageProblem anonymous = room.refused("wants to know who asks", reference);
            assertTrue(anonymous.remedy().contains("docker login " + registry.host()), anonymous.remedy());
            room.refused("wants to know who asks", reference, RegistryAccess.of(registry.host()).login("me", "wrong"));
            pulled(room.pull(reference, RegistryAccess.of(registry.host()).login("me", "secret:word")));

            String auth = Base64.getEncoder().encodeToString("me:secret:word".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            Files.writeString(temp.resolve("config.json"), "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + auth + "\"}}}");
            room.pull(reference, Map.of("DOCKER_CONFIG", temp.toString()));
            room.pull(reference, Map.of("REGISTRY_AUTH_FILE", temp.resolve("config.json").toString()));
            sh("skopeo login --tls-verify=false --authfile skopeo.json -u me -p secret:word " + registry.host());
            room.pull(reference, Map.of("REGISTRY_AUTH_FILE", temp.resolve("skopeo.json").toString()));
            room.refused("wants to know", reference, Map.of("DOCKER_CONFIG", temp.resolve("none").toString()));
        }
    }

    /** The helper is docker-credential-pass, its keeper pass with a key of gpg's made here. */
    @Test
    void aCredentialHelper() throws IOException {
        try (RealRegistry registry = RealRegistry.password(temp.resolve("registry"), "me", "pw")) {
            push(registry, "--dest-tls-verify=false --dest-creds me:pw");
            Map<String, String> environment = Map.of("PATH", System.getenv("PATH"), "HOME", temp.toString(), "GNUPGHOME", temp.resolve("gpg").toString(),
                    "PASSWORD_STORE_DIR", temp.resolve("pass").toString());
            String exports = "export HOME=" + temp + " GNUPGHOME=" + temp + "/gpg PASSWORD_STORE_DIR=" + temp + "/pass; ";
            try {
                sh(exports + "mkdir -m 700 gpg; gpg --batch --quiet --passphrase '' --quick-gen-key test@example.org default default never 2>&1; pass init test@example.org; mkdir -p .docker");
                for (String setting : List.of("\"credsStore\":\"pass\"", "\"credHelpers\":{\"" + registry.host() + "\":\"pass\"}")) {
                    Files.writeString(temp.resolve(".docker/config.json"), "{" + setting + "}");
                    room.refused("wants to know who asks", registry.host() + APP, environment);
                }
                sh(exports + "echo '{\"ServerURL\":\"" + registry.host() + "\",\"Username\":\"me\",\"Secret\":\"pw\"}' | docker-credential-pass store");
                for (String setting : List.of("\"credsStore\":\"pass\"", "\"credHelpers\":{\"" + registry.host() + "\":\"pass\"}")) {
                    Files.writeString(temp.resolve(".docker/config.json"), "{" + setting + "}");
                    room.pull(registry.host() + APP, environment);
                }
            } finally {
                sh(exports + "gpgconf --kill all");
            }
            Files.writeString(temp.resolve(".docker/config.json"), "{\"credsStore\":\"nosuch\"}");
            room.refused("could not run docker-credential-nosuch", registry.host() + APP, environment);
            Files.writeString(temp.resolve(".docker/config.json"), "{\"credsStore\":\"../../bin/sh\"}");
            room.refused("has no proper name", registry.host() + APP, environment);
        }
    }

    @Test
    void tokens() throws IOException {
        Pki pki = new Pki(temp.resolve("pki"));
        try (TokenServer tokens = new TokenServer(pki, "me", "pw"); RealRegistry registry = RealRegistry.token(temp.resolve("registry"), tokens)) {
            push(registry, "--dest-tls-verify=false --dest-creds me:pw");
            String reference = registry.host() + APP;
            ImageProblem anonymous = room.refused("refuses anonymous access", reference);
            assertTrue(anonymous.remedy().contains("docker login"), anonymous.remedy());
            room.refused("refuses user me", reference, RegistryAccess.of(registry.host()).login("me", "wrong"));
            int before = tokens.asked().size();
            pulled(room.pull(reference, RegistryAccess.of(registry.host()).login("me", "pw")));
            assertEquals(List.of("repository:team/app:pull"), tokens.asked().subList(before, tokens.asked().size()), "one token for all of it");
            Files.writeString(temp.resolve("config.json"), "{\"auths\":{\"" + registry.host() + "\":{\"identitytoken\":\"" + TokenServer.IDENTITY + "\"}}}");
            room.pull(reference, Map.of("DOCKER_CONFIG", temp.toString()));
            Files.writeString(temp.resolve("config.json"), "{\"auths\":{\"" + registry.host() + "\":{\"identitytoken\":\"stale\"}}}");
            room.refused("refuses an identity token", reference, Map.of("DOCKER_CONFIG", temp.toString()));
        }
    }

    @Test
    void aTokenThatExpiresIsFetchedAgain() throws Exception {
        Pki pki = new Pki(temp.resolve("pki"));
        try (TokenServer tokens = new TokenServer(pki, "me", "pw"); RealRegistry registry = RealRegistry.token(temp.resolve("registry"), tokens)) {
            push(registry, "--dest-tls-verify=false --dest-creds me:pw");
            tokens.lifetime(-120); // beyond the registry's leeway of 60 s: expired before it is used
            room.refused("wants to know who asks", registry.host() + APP, RegistryAccess.of(registry.host()).login("me", "pw"));
            tokens.lifetime(300);
            try (Registries registries = new Registries(List.of(RegistryAccess.of(registry.host()).login("me", "pw")), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
                RemoteRepository repository = registries.repository(dev.caisson.core.image.ImageReference.parse(registry.host() + APP));
                tokens.lifetime(-55); // good for another 5 s
                repository.manifest("v1", null);
                int before = tokens.asked().size();
                Thread.sleep(6000);
                tokens.lifetime(300);
                repository.manifest("v1", null);
                assertEquals(before + 1, tokens.asked().size());
            }
        }
    }

    /** Row 89. */
    @Test
    void tlsIsTrustedOrNothingIsSaid() {
        Pki pki = new Pki(temp.resolve("certs"));
        try (RealRegistry registry = RealRegistry.tls(temp.resolve("registry"), pki.server())) {
            push(registry, "--dest-cert-dir " + pki.directory());
            String reference = registry.host() + APP;
            ImageProblem unknown = room.refused("cannot be used", reference, RegistryAccess.of(registry.host()).tls());
            assertTrue(unknown.remedy().contains("/etc/docker/certs.d/" + registry.host()), unknown.remedy());
            ImageProblem plain = room.refused("answered 400", reference);
            assertTrue(plain.remedy().contains("tls()"), plain.remedy());
            pulled(room.pull(reference, RegistryAccess.of(registry.host()).certificates(pki.directory())));
        }
        for (Pki.Identity wrong : List.of(pki.issue("name", "DNS:elsewhere.example.org", "-days 2"), pki.issue("old", "IP:127.0.0.1", "-days -1"),
                new Pki(temp.resolve("stranger")).server())) {
            try (RealRegistry registry = RealRegistry.tls(temp.resolve("registry"), wrong)) {
                room.refused("cannot be used", registry.host() + "/team/app:v3", RegistryAccess.of(registry.host()).certificates(pki.directory()));
                assertFalse(registry.log().contains("GET /v2/"), "asked in spite of " + wrong);
            }
        }
    }

    @Test
    void aClientShowsItsCertificate() {
        Pki pki = new Pki(temp.resolve("certs"));
        Pki.Identity client = pki.issue("client", "DNS:client", "-days 2");
        try (RealRegistry registry = RealRegistry.mutualTls(temp.resolve("registry"), pki.server(), pki.directory().resolve("ca.crt"))) {
            room.refused("cannot be used", registry.host() + APP, RegistryAccess.of(registry.host()).certificates(pki.directory()));
            sh("cp " + client.certificate() + " certs/client.cert; cp " + client.key() + " certs/client.key");
            push(registry, "--dest-cert-dir " + pki.directory());
            pulled(room.pull(registry.host() + APP, RegistryAccess.of(registry.host()).certificates(pki.directory())));
        }
    }

    @Test
    void mirrorsComeFirstAndMayFail() {
        try (RealRegistry mirror = RealRegistry.plain(temp.resolve("mirror"))) {
            push(mirror, "--dest-tls-verify=false");
            String nobody = "127.0.0.1:1";
            pulled(room.pull(nobody + APP, RegistryAccess.of(nobody).mirror("http://" + mirror.host() + "/")));
            try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
                sh("skopeo copy -q --src-tls-verify=false --dest-tls-verify=false docker://" + mirror.host() + APP + " docker://" + registry.host() + "/team/app:v2");
                room.pull(registry.host() + "/team/app:v2", RegistryAccess.of(registry.host()).mirror("http://" + mirror.host()).mirror("http://127.0.0.1:1"));
            }
        }
    }

    @Test
    void nobodyThere() {
        ImageProblem problem = room.refused("nobody listens there", "127.0.0.1:1/a/b");
        assertTrue(problem.getMessage().contains("127.0.0.1:1"), problem.getMessage());
        room.refused("there is no host of that name", "registry.invalid/a/b");
    }
}
