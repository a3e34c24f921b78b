package dev.caisson.core.trust;

import static dev.caisson.core.trust.TrustRoom.GUN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContentTrust;
import dev.caisson.InvalidSpec;
import dev.caisson.TrustProblem;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose root is taken. Row 89. */
class PinsTest {
    private static final String MINE = "registry.test/*";
    @TempDir
    Path temp;
    @TempDir
    static Path keys;
    private int rooms;

    private static TestSigner root(String name) {
        return TestSigner.certificate(keys, name, GUN, "");
    }

    private static TestRepository signed(TestSigner root) {
        return new TestRepository(root).target(Role.TARGETS, "v1", "first").publish();
    }

    private TrustRoom room(ContentTrust trust) {
        TrustRoom room = new TrustRoom(temp.resolve("room " + rooms++));
        room.trust = trust;
        return room;
    }

    @Test
    void pinnedKeys() {
        ContentTrust pin = ContentTrust.enforced();
        room(pin.certs(GUN, root("a").id())).resolves(signed(root("a")), "v1", "first");
        room(pin.certs(MINE, root("b").id(), root("a").id())).resolves(signed(root("a")), "v1", "first");
        room(pin.certs(MINE, root("b").id()).certs(GUN, root("a").id())).resolves(signed(root("a")), "v1", "first");
        room(pin.certs("other.test/*", root("b").id())).resolves(signed(root("a")), "v1", "first");
        TrustProblem problem = room(pin.certs(GUN, root("b").id())).refused(signed(root("a")), "v1", Role.ROOT, "are not those that are pinned");
        assertTrue(problem.what().contains(root("a").id()) && problem.remedy().contains("change the pin"), problem::getMessage);
        room(pin.certs(MINE, root("a").id()).certs("registry.test/team/*", root("b").id())).refused(signed(root("a")), "v1", Role.ROOT, "pinned");
    }

    @Test
    void aPinHoldsForWhatWasSeenAndForNewRootsToo() {
        TrustRoom room = room(ContentTrust.enforced());
        TestRepository repository = signed(root("a"));
        room.resolves(repository, "v1", "first");
        room.trust = ContentTrust.enforced().certs(GUN, root("b").id());
        room.refused(repository, "v1", Role.ROOT, "are not those that are pinned");
        room.trust = ContentTrust.enforced().certs(GUN, root("a").id());
        repository.signers.put(Role.ROOT, List.of(root("b")));
        repository.signers.put(Role.TIMESTAMP, List.of(TestSigner.of("ed25519", "other")));
        repository.root(root("a"));
        room.refused(repository.publish(), "v1", Role.ROOT, "are not those that are pinned");
    }

    @Test
    void pinnedAuthorities() {
        TestSigner.certificate(keys, "ca", "Authority", "-days 900 -addext basicConstraints=critical,CA:TRUE");
        TestSigner.certificate(keys, "ca2", "Authority", "-days 900 -addext basicConstraints=critical,CA:TRUE");
        TestSigner issued = TestSigner.certificate(keys, "issued", GUN, "-days 300 -CA '" + keys + "/ca.crt' -CAkey '" + keys + "/ca.key' -addext basicConstraints=critical,CA:FALSE");
        ContentTrust pin = ContentTrust.enforced().disableTofu();
        room(pin.ca("registry.test/team/", keys.resolve("ca.crt"))).resolves(signed(issued), "v1", "first");
        room(pin.ca("registry.test/", keys.resolve("ca2.crt"))).refused(signed(issued), "v1", Role.ROOT, "are not those that are pinned");
        room(pin.ca("registry.test/", keys.resolve("ca.crt"))).refused(signed(root("a")), "v1", Role.ROOT, "are not those that are pinned");
        room(pin.ca("registry.test/", keys.resolve("ca2.crt")).ca("registry.test/team/", keys.resolve("ca.crt"))).resolves(signed(issued), "v1", "first");
        root("a");
        room(pin.ca("registry.test/", keys.resolve("a.crt"))).resolves(signed(root("a")), "v1", "first");
        room(pin.ca("registry.test/", keys.resolve("missing.crt"))).refused(signed(issued), "v1", Role.ROOT, "cannot be read from");
    }

    @Test
    void withoutFirstUse() {
        TrustProblem problem = room(ContentTrust.enforced().disableTofu()).refused(signed(root("a")), "v1", Role.ROOT, "trust on first use is disabled");
        assertTrue(problem.remedy().contains("certs(\"" + GUN + "\""), problem.remedy());
        TrustRoom room = room(ContentTrust.enforced());
        TestRepository repository = signed(root("a"));
        room.resolves(repository, "v1", "first");
        room.trust = ContentTrust.enforced().disableTofu();
        room.resolves(repository, "v1", "first");
    }

    @Test
    void aRootsKeyIsACertificateForTheRepository() {
        room(ContentTrust.enforced()).refused(signed(TestSigner.certificate(keys, "other", "registry.test/team/other", "")), "v1", Role.ROOT, "is for 'registry.test/team/other'");
        room(ContentTrust.enforced()).refused(signed(TestSigner.certificate(keys, "comma", "x,CN=" + GUN, "")), "v1", Role.ROOT, "is for 'x\\,CN");
        room(ContentTrust.enforced()).refused(signed(TestSigner.of("ecdsa", "bare")), "v1", Role.ROOT, "is no certificate");
        room(ContentTrust.enforced()).later(Duration.ofDays(366)).refused(signed(root("a")), "v1", Role.ROOT, "is valid from");
    }

    @Test
    void settingsOfDockersEnvironment() {
        for (String yes : List.of("1", "true", "yes", "on", "T")) {
            assertTrue(new TrustSettings(Optional.empty(), Map.of("DOCKER_CONTENT_TRUST", yes)).standard().enabled(), yes);
        }
        for (String no : List.of("", "0", "false", "F")) {
            assertEquals(ContentTrust.disabled(), new TrustSettings(Optional.empty(), Map.of("DOCKER_CONTENT_TRUST", no)).standard(), no);
        }
        assertEquals(ContentTrust.disabled(), new TrustSettings(Optional.of(ContentTrust.disabled()), Map.of("DOCKER_CONTENT_TRUST", "1")).standard());
        TrustSettings there = new TrustSettings(Optional.empty(), Map.of("DOCKER_CONTENT_TRUST_SERVER", "https://notary.test:4443/"));
        assertEquals(URI.create("https://notary.test:4443"), there.chosen(there.standard()).orElseThrow());
        assertEquals(URI.create("https://mine.test"), there.chosen(ContentTrust.enforced().server("https://mine.test")).orElseThrow());
        TrustSettings plain = new TrustSettings(Optional.empty(), Map.of("DOCKER_CONTENT_TRUST_SERVER", "http://notary.test"));
        assertThrows(InvalidSpec.class, () -> plain.chosen(plain.standard()));
        assertEquals(URI.create("https://notary.docker.io"), TrustSettings.usual("docker.io"));
        assertEquals(URI.create("https://127.0.0.1:5000"), TrustSettings.usual("127.0.0.1:5000"));
        assertThrows(InvalidSpec.class, () -> ContentTrust.enforced().certs(GUN, "abc"));
        assertThrows(InvalidSpec.class, () -> ContentTrust.enforced().certs(GUN));
        assertThrows(InvalidSpec.class, () -> ContentTrust.enforced().server("notary.test"));
        assertThrows(InvalidSpec.class, () -> ContentTrust.enforced().server("https://user:pw@notary.test"));
    }
}
