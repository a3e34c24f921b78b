package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.TransferProgress;
import dev.caisson.TransferProgress.Phase;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.RealRegistry;
import dev.caisson.testkit.registry.TokenServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What we push to Debian's docker-registry, skopeo and umoci can read. */
@Tag("host")
class RealPushTest {
    @TempDir
    Path temp;
    private PullRoom room;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        sh("mkdir -p rootfs/etc rootfs/bin; echo one > rootfs/etc/one; ln -s one rootfs/etc/two; head -c 3000000 /dev/urandom > rootfs/big; tar -C rootfs -cf rootfs.tar .");
    }

    @AfterEach
    void close() {
        room.close();
    }

    private String sh(String script) {
        return PlainLayers.output("sh", "-ec", "cd " + temp + "; " + script);
    }

    private String image(RealRegistry registry) {
        String name = registry.host() + "/team/app:v1";
        room.images.importRootfs(temp.resolve("rootfs.tar"), name, "CMD [\"/bin/x\"]", "LABEL a=b");
        return name;
    }

    private List<Phase> ends() {
        return room.progress.stream().map(TransferProgress::phase).filter(p -> p != Phase.UPLOADING).toList();
    }

    private static int count(String text, String regex) {
        return text.split(regex, -1).length - 1;
    }

    @Test
    void othersCanReadIt() {
        try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
            String name = image(registry);
            Digest digest = room.push(name);
            assertEquals(List.of(Phase.UPLOADED, Phase.UPLOADED), ends());
            TransferProgress last = room.progress.get(room.progress.size() - 1);
            assertEquals(last.totalSize(), last.totalDone());
            assertTrue(room.progress.stream().anyMatch(p -> p.phase() == Phase.UPLOADING && p.done() > 0 && p.done() < p.size()), "something is told on the way");
            sh("skopeo copy -q --src-tls-verify=false docker://" + name + " oci:oci:v1; umoci unpack --image oci:v1 bundle");
            assertEquals("", sh("diff -r --no-dereference rootfs bundle/rootfs"));
            assertEquals(digest.toString(), sh("skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://" + name).strip());
            try (PullRoom elsewhere = new PullRoom(temp.resolve("elsewhere"))) {
                assertEquals(digest, elsewhere.pull(registry.host() + "/team/app@" + digest).manifest());
            }
            room.progress.clear();
            int uploads = count(registry.log(), "POST /v2/");
            assertEquals(digest, room.push(name));
            assertEquals(List.of(Phase.PRESENT, Phase.PRESENT), ends());
            assertEquals(uploads, count(registry.log(), "POST /v2/"), "what is there is not sent again");
        }
    }

    /** A proxy before a registry may let no large request through. */
    @Test
    void inChunks() {
        try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
            String name = image(registry);
            Digest digest = room.push(name, RegistryAccess.of(registry.host()).uploadChunk(1_000_000));
            assertEquals(4, count(registry.log(), "\"PATCH /v2/team/app/blobs/uploads/\\S+ HTTP/1.1\" 202"), registry::log);
            assertEquals(2, count(registry.log(), "\"PUT /v2/team/app/blobs/uploads/\\S+ HTTP/1.1\" 201"), "one closes the chunks, one is the configuration");
            assertEquals(digest.toString(), sh("skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://" + name).strip());
            sh("skopeo copy -q --src-tls-verify=false docker://" + name + " oci:oci:v1; umoci unpack --image oci:v1 bundle");
            assertEquals("", sh("diff -r --no-dereference rootfs bundle/rootfs"));
            TransferProgress last = room.progress.get(room.progress.size() - 1);
            assertEquals(last.totalSize(), last.totalDone());
        }
    }

    @Test
    void aBlobIsTakenOverFromAnotherRepository() {
        try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
            String name = image(registry);
            room.push(name);
            room.progress.clear();
            String other = registry.host() + "/other/app:v2";
            room.images.tag(name, other);
            room.push(other);
            assertEquals(List.of(Phase.PRESENT, Phase.PRESENT), ends());
            assertEquals(0, count(registry.log(), "PUT /v2/other/app/blobs"));
            assertEquals(2, count(registry.log(), "POST /v2/other/app/blobs/uploads/\\?\\S+ HTTP/1.1\" 201"), registry::log);
            sh("skopeo copy -q --src-tls-verify=false docker://" + other + " oci:oci:v2");
        }
    }

    @Test
    void withAPasswordOnly() {
        try (RealRegistry registry = RealRegistry.password(temp.resolve("registry"), "me", "pw")) {
            String name = image(registry);
            ImageProblem problem = room.unpushed("wants to know who asks", name);
            assertTrue(problem.remedy().contains("docker login " + registry.host()), problem.remedy());
            room.unpushed("wants to know who asks", name, RegistryAccess.of(registry.host()).login("me", "wrong"));
            room.push(name, RegistryAccess.of(registry.host()).login("me", "pw"));
            sh("skopeo inspect --tls-verify=false --creds me:pw docker://" + name);
        }
    }

    @Test
    void withTlsAndACertificateOfOurOwn() {
        Pki pki = new Pki(temp.resolve("pki"));
        try (RealRegistry registry = RealRegistry.tls(temp.resolve("registry"), pki.server())) {
            String name = image(registry);
            room.unpushed("cannot be used at https://", name, RegistryAccess.of(registry.host()).tls());
            room.push(name, RegistryAccess.of(registry.host()).certificates(pki.directory()));
            assertFalse(room.progress.isEmpty());
        }
    }

    @Test
    void withTokensForEveryRepository() {
        Pki pki = new Pki(temp.resolve("pki"));
        try (TokenServer tokens = new TokenServer(pki, "me", "pw"); RealRegistry registry = RealRegistry.token(temp.resolve("registry"), tokens)) {
            String name = image(registry);
            room.push(name, RegistryAccess.of(registry.host()).login("me", "pw"));
            assertTrue(tokens.asked().stream().anyMatch(a -> a.contains("team%2Fapp") && a.contains("push") || a.contains("team/app:") && a.contains("push")), tokens.asked()::toString);
            room.progress.clear();
            String other = registry.host() + "/other/app:v2";
            room.images.tag(name, other);
            room.push(other, RegistryAccess.of(registry.host()).login("me", "pw"));
            assertEquals(List.of(Phase.PRESENT, Phase.PRESENT), ends(), () -> "mounted, with a token for both: " + tokens.asked());
            assertNotEquals(List.of(), tokens.asked());
            room.unpushed("", name, RegistryAccess.of(registry.host()).login("me", "wrong"));
        }
    }

    @Test
    void whatIsNotHereOrHasADigestIsRefused() {
        room.unpushed("a push gives a tag", "127.0.0.1:1/app@sha256:" + "a".repeat(64));
        try (RealRegistry registry = RealRegistry.plain(temp.resolve("registry"))) {
            String name = image(registry);
            registry.close();
            room.unpushed("nobody listens there", name);
        }
    }
}
