package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An engine with content trust: docker-registry, notary-server, and a publisher who signs what skopeo pushed. Rows 84 and 89. */
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
