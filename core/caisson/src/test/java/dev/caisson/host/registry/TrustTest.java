package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContentTrust;
import dev.caisson.Engine;
import dev.caisson.Image;
import dev.caisson.ImageProblem;
import dev.caisson.PullPolicy;
import dev.caisson.RegistryAccess;
import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.RealNotary;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An engine with content trust: a registry, notary-server, and a publisher who signs what skopeo pushed. Rows 84 and 89. */
class TrustTest extends RegistryTest {
    private Pki pki;
    private RealNotary notary;
    private RealNotary.Publisher publisher;
    private String repository;

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        pki = new Pki(directory.resolve("certs"));
        notary = RealNotary.open(directory.resolve("notary"), pki);
        publisher = notary.publisher(directory.resolve("keys"));
        return super.settings(usual).registry(RegistryAccess.of(notary.host()).certificates(pki.directory())).contentTrust(ContentTrust.enforced().server(notary.address()));
    }

    @BeforeEach
    void publish() {
        repository = registry.host() + "/team/tiny";
        publisher.run("init -p " + repository);
    }

    @AfterEach
    void stopNotary() {
        notary.close();
    }

    /** The digest and size that the registry has for a tag now. */
    private record Pushed(String digest, long size) {}

    private Pushed pushed(String tag) {
        try {
            Path raw = directory.resolve("raw-" + tag);
            Process skopeo = new ProcessBuilder("skopeo", "inspect", "--raw", "--tls-verify=false", "--creds", "me:pw", "docker://" + repository + ":" + tag)
                    .redirectOutput(raw.toFile()).start();
            assertEquals(0, skopeo.waitFor());
            byte[] manifest = Files.readAllBytes(raw);
            return new Pushed("sha256:" + java.util.HexFormat.of().formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(manifest)), manifest.length);
        } catch (IOException | InterruptedException | java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private Pushed sign(String tag) {
        Pushed pushed = pushed(tag);
        publisher.sign(repository, tag, pushed.digest(), pushed.size());
        return pushed;
    }

    @Test
    void aTagIsWhatIsSignedAndNothingElse() {
        TrustProblem unsigned = assertThrows(TrustProblem.class, () -> engine.image(tiny).execute());
        assertTrue(unsigned.what().contains(repository + ", role targets: the tag 'v1' is not signed") && unsigned.stage() == Stage.RESOLVE, unsigned::getMessage);
        assertEquals(List.of(), engine.images().list());
        Pushed first = sign("v1");
        assertEquals(0, engine.image(tiny).execute().exitCode());
        assertTrue(engine.images().find(tiny).orElseThrow().digest().equals(first.digest()));
        push("v1", "CMD [\"" + TinyRootfs.OBSERVER + "\",\"exit\",\"1\"]"); // the registry was taken over; nobody has signed this
        assertTrue(!pushed("v1").digest().equals(first.digest()));
        assertEquals(0, engine.image(tiny).pull(PullPolicy.ALWAYS).execute().exitCode());
        assertEquals(first.digest(), engine.images().pull(tiny).digest());
        assertEquals(1, engine.image(repository + "@" + pushed("v1").digest()).execute().exitCode(), "a digest is a digest");
        Pushed second = sign("v1");
        try (Container made = engine.image(tiny).create()) { // the tag here is the first one's still
            made.start();
            assertEquals(1, made.waitForExit(Duration.ofSeconds(60)).exitCode(), "what is signed, also of a container that is made first and started later");
        }
        assertEquals(1, engine.image(tiny).execute().exitCode(), "signed anew: the image here under that name is not it any more");
        assertEquals(second.digest(), engine.images().pull(tiny).digest());
        assertEquals(second.digest(), engine.images().find(tiny).orElseThrow().digest(), "a pull gives the tag, too");
        assertEquals(List.of("v1"), engine.images().trust(repository).tags().stream().map(t -> t.tag()).toList());
        assertEquals(second.digest(), engine.images().trust(tiny).tags().get(0).digest());
        engine.images().remove(tiny);
        assertTrue(engine.images().find(tiny).isEmpty());
    }

    @Test
    void whatIsHereUnderANameIsNotTrustedForThat() {
        engine.images().pull(tiny, ContentTrust.disabled(), p -> { });
        assertThrows(TrustProblem.class, () -> engine.image(tiny).execute());
        assertThrows(TrustProblem.class, () -> engine.image(tiny).pull(PullPolicy.NEVER).execute());
        assertThrows(TrustProblem.class, () -> engine.images().from(tiny));
        assertThrows(TrustProblem.class, () -> tiny().imageMount(tiny, "/mnt").command(TinyRootfs.TRUE).execute());
        Image here = engine.images().find(tiny).orElseThrow();
        assertEquals(0, engine.image(here.id()).execute().exitCode(), "by its id, as with docker");
        sign("v1");
        assertEquals(0, engine.image(tiny).pull(PullPolicy.NEVER).execute().exitCode());
        engine.images().from(tiny).label("a", "b").build("made");
        TrustProblem problem = assertThrows(TrustProblem.class, () -> engine.images().push(tiny));
        assertTrue(problem.stage() == Stage.PUSH && problem.remedy().contains("notary addhash " + repository + " v1"), problem::getMessage);
        engine.images().push(tiny, ContentTrust.disabled(), p -> { });
    }

    @Test
    void aPushSigns() {
        Path key = publisher.newKey("alice", "rsa:2048");
        publisher.run("key rotate " + repository + " snapshot -r");
        ContentTrust signing = ContentTrust.enforced().server(notary.address()).signingKey(key);
        Image image = engine.images().pull(tiny, ContentTrust.disabled(), p -> { });
        String ours = repository + ":ours";
        engine.images().tag(tiny, ours);
        TrustProblem stranger = assertThrows(TrustProblem.class, () -> engine.images().push(ours, signing, p -> { }));
        assertTrue(stranger.what().contains("may not sign 'ours' for release"), stranger::getMessage);
        assertTrue(!engine.registry(registry.host()).tags("team/tiny").contains("ours"), "nothing was pushed");
        publisher.admit(repository, "targets/releases", "alice");
        publisher.admit(repository, "targets/alice", "alice");
        assertEquals(image.digest(), engine.images().push(ours, signing, p -> { }));
        assertEquals(List.of(List.of("alice")), engine.images().trust(ours).tags().stream().map(t -> t.signers()).toList());
        assertEquals(0, engine.image(ours).pull(PullPolicy.ALWAYS).execute().exitCode());
        assertTrue(publisher.run("list " + repository).contains(image.digest().substring(7)));
    }

    /** An image for this host and one for another under a tag of the registry. @return the index's digest */
    private String pushBoth(String tag, String here) {
        try (Engine maker = Engine.builder().root(directory.resolve("both-" + tag)).runDirectory(directory.resolve("both-run")).registry(access()).build()) {
            maker.images().importRootfs(root.tar(directory.resolve("tiny.tar")), "here:1", here);
            String layout = directory.resolve("foreign-" + here.hashCode()).toString();
            shell("umoci init --layout " + layout + "; umoci new --image " + layout + ":x; umoci config --image " + layout + ":x --architecture s390x --config.cmd " + here.hashCode()
                    + "; skopeo copy -q oci:" + layout + ":x oci-archive:" + layout + ".tar:docker.io/library/there:1");
            maker.images().load(Path.of(layout + ".tar"));
            String digest = maker.images().createIndex(repository + ":" + tag, List.of("here:1", "there:1")).digest();
            assertEquals(digest, maker.images().push(repository + ":" + tag));
            return digest;
        }
    }

    private static void shell(String script) {
        try {
            Process process = new ProcessBuilder("sh", "-ec", script).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), script + ": " + output);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void severalPlatforms() {
        String first = pushBoth("both", "CMD [\"" + TinyRootfs.TRUE + "\"]");
        String both = repository + ":both";
        assertThrows(TrustProblem.class, () -> engine.images().pullAllPlatforms(both));
        assertThrows(TrustProblem.class, () -> engine.images().pull(both, "linux/s390x", p -> { }));
        assertEquals(List.of(), engine.images().list());
        assertEquals(first, sign("both").digest());
        String changed = pushBoth("both", "CMD [\"" + TinyRootfs.OBSERVER + "\",\"exit\",\"1\"]"); // nobody has signed this
        assertTrue(!changed.equals(first) && changed.equals(pushed("both").digest()));
        assertEquals(first, engine.images().pullAllPlatforms(both).digest(), "what is signed, not what the tag says");
        assertEquals(0, engine.image(both).pull(PullPolicy.NEVER).execute().exitCode(), "it is here under what is signed for the tag");
        assertEquals(0, engine.image(both).execute().exitCode());
        assertEquals(List.of(first), engine.images().indexes().stream().map(i -> i.digest()).toList());
        assertEquals("linux/s390x", engine.images().pull(repository + "@" + first, "linux/s390x", p -> { }).platform());
        engine.images().remove(repository + "@" + first);
        engine.images().remove(both);
        engine.images().pull(both, "linux/s390x", p -> { });
        assertEquals("linux/s390x", engine.images().find(both).orElseThrow().platform());
        ImageProblem foreign = assertThrows(ImageProblem.class, () -> engine.images().pull(both, "linux/mips", p -> { }));
        assertTrue(foreign.what().contains("linux/s390x"), foreign::getMessage);
        assertEquals(changed, sign("both").digest());
        assertEquals(changed, engine.images().pullAllPlatforms(both).digest());
        assertEquals(1, engine.image(both).execute().exitCode(), "signed anew");
        engine.images().remove(both);
        assertEquals(List.of(), engine.images().indexes());
    }

    @Test
    void aSignedSizeThatIsNotTheManifests() {
        Pushed pushed = pushed("v1");
        publisher.sign(repository, "v1", pushed.digest(), pushed.size() + 1);
        ImageProblem problem = assertThrows(ImageProblem.class, () -> engine.images().pull(tiny));
        assertTrue(problem.what().contains((pushed.size() + 1) + " are signed"), problem::getMessage);
        assertEquals(List.of(), engine.images().list());
    }

    @Test
    void nobodyThereIsNoAnswer() {
        sign("v1");
        assertEquals(0, engine.image(tiny).execute().exitCode());
        notary.close();
        TrustProblem problem = assertThrows(TrustProblem.class, () -> engine.image(tiny).execute());
        assertTrue(problem.role().equals("timestamp") && problem.what().contains("cannot be used at " + notary.address()), problem::getMessage);
    }
}
