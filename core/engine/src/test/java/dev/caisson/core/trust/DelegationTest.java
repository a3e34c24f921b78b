package dev.caisson.core.trust;

import static dev.caisson.core.trust.TrustRoom.GUN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageTrust;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code targets/releases} comes first, then {@code targets}; other signers are told, not followed. */
class DelegationTest {
    private static final String ALICE = "targets/alice";
    @TempDir
    Path temp;
    @TempDir
    static Path keys;
    private TestRepository repository;
    private TrustRoom room;

    @BeforeEach
    void publish() {
        repository = new TestRepository(TestSigner.certificate(keys, "root", GUN, "")).target(Role.TARGETS, "v1", "owner's").target(Role.TARGETS, "old", "old");
        repository.delegate(Role.RELEASES, "", TestSigner.of("rsa", "releases")).delegate(ALICE, "", TestSigner.of("ecdsa", "alice"));
        room = new TrustRoom(temp);
    }

    @Test
    void releasesComeFirst() {
        room.resolves(repository.publish(), "v1", "owner's"); // delegated, but nothing signed yet
        repository.target(Role.RELEASES, "v1", "released").target(ALICE, "v2", "alice's").publish();
        room.resolves(repository, "v1", "released");
        room.resolves(repository, "old", "old");
        room.refused(repository, "v2", Role.TARGETS, "the tag 'v2' is not signed; signed are old, v1");
    }

    @Test
    void whoSignsWhatHeMayNotIsNotHeard() {
        repository.delegate(Role.RELEASES, "release-", TestSigner.of("rsa", "releases"));
        repository.target(Role.RELEASES, "v1", "released").target(Role.RELEASES, "release-2", "released too").publish();
        room.resolves(repository, "v1", "owner's");
        room.resolves(repository, "release-2", "released too");
    }

    @Test
    void aDelegationHasKeysVersionsAndAnEndOfItsOwn() {
        repository.target(Role.RELEASES, "v1", "released").publish();
        repository.publish();
        room.resolves(repository, "v1", "released");
        repository.forgers.put(Role.RELEASES, List.of(TestSigner.of("ecdsa", "targets")));
        room.refused(repository.publish(), "v1", Role.RELEASES, "has 0 valid signatures of the keys of role targets/releases");
        repository.forgers.clear();
        repository.versions.put(Role.RELEASES, 0L);
        room.refused(repository.publish(), "v1", Role.RELEASES, "version 1 was offered, but version 2 was seen before");
        repository.versions.put(Role.RELEASES, 5L);
        repository.expires.put(Role.RELEASES, Instant.now().minusSeconds(1));
        room.refused(repository.publish(), "v1", Role.RELEASES, "expired at");
        repository.expires.clear();
        repository.publish().files.keySet().removeIf(name -> name.startsWith(Role.RELEASES));
        room.refused(repository, "v1", Role.RELEASES, "does not have it");
        repository.paths.remove(Role.RELEASES); // the owner takes it away
        room.resolves(repository.publish(), "v1", "owner's");
    }

    @Test
    void namesOfDelegationsAreNoPaths() {
        for (String name : List.of("targets/../../x", "targets/a/b", "targets/", "other", "targets/A", "targets/a%2e")) {
            TestRepository hostile = new TestRepository(TestSigner.certificate(keys, "root", GUN, "")).target(Role.TARGETS, "v1", "x").delegate(name, "", TestSigner.of("ecdsa", "alice"));
            new TrustRoom(temp.resolve("room " + name.hashCode())).refused(hostile.publish(), "v1", Role.TARGETS, "is no name of a delegation");
        }
    }

    @Test
    void inspection() {
        repository.target(Role.RELEASES, "v1", "released").target(ALICE, "v1", "released").target(Role.RELEASES, "v2", "2").target(ALICE, "v2", "alice's other").publish();
        ImageTrust trust = room.tags(repository).inspect(URI.create("https://notary.test"), t -> true);
        assertEquals(List.of("old", "v1", "v2"), trust.tags().stream().map(ImageTrust.SignedTag::tag).toList());
        assertEquals(List.of(List.of("Repo Admin"), List.of("alice"), List.of("Repo Admin")), trust.tags().stream().map(ImageTrust.SignedTag::signers).toList());
        assertEquals(Set.of("alice"), trust.signers().keySet());
        assertEquals(List.of(TestSigner.of("ecdsa", "alice").id()), trust.signers().get("alice"));
        assertEquals(List.of(repository.signers.get(Role.ROOT).get(0).id()), trust.rootKeys());
        assertEquals(Set.of("root", "timestamp", "snapshot", "targets", "targets/releases", "targets/alice"), trust.expires().keySet());
        assertEquals(GUN, trust.repository());
        assertTrue(room.tags(repository).inspect(URI.create("https://notary.test"), t -> t.tag().equals("none")).tags().isEmpty());
    }
}
