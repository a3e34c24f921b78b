package dev.caisson.core.trust;

import static dev.caisson.core.trust.TrustRoom.GUN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.StorageProblem;
import dev.caisson.TrustProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a hostile trust server, or one that was taken over, can send. Row 89. */
class TrustUpdateTest {
    @TempDir
    Path temp;
    @TempDir
    static Path keys;
    private TestRepository repository;
    private TrustRoom room;

    @BeforeEach
    void publish() {
        repository = new TestRepository(root("one")).target(Role.TARGETS, "v1", "first").publish();
        room = new TrustRoom(temp);
    }

    private static TestSigner root(String name) {
        return TestSigner.certificate(keys, name, GUN, "");
    }

    @Test
    void whatIsSignedIsTold() {
        room.resolves(repository, "v1", "first");
        assertEquals(List.of("root", "timestamp"), repository.asked.subList(0, 2));
        repository.asked.clear();
        room.resolves(repository, "v1", "first");
        assertEquals(List.of("timestamp"), repository.asked, "nothing changed: one round trip");
        repository.target(Role.TARGETS, "v1", "second").publish();
        room.resolves(repository, "v1", "second");
        TrustProblem problem = room.refused(repository, "v2", Role.TARGETS, "the tag 'v2' is not signed; signed are v1");
        assertTrue(problem.remedy().contains("docker trust sign"), problem.remedy());
    }

    @Test
    void everyKindOfKey() {
        for (String kind : List.of("ecdsa384", "rsa", "ed25519")) {
            TestRepository other = new TestRepository(root("one")).target(Role.TARGETS, "v1", "first");
            other.signers.put(Role.TARGETS, List.of(TestSigner.of(kind, "t")));
            other.signers.put(Role.TIMESTAMP, List.of(TestSigner.of(kind, "s")));
            new TrustRoom(temp.resolve(kind)).resolves(other.publish(), "v1", "first");
        }
    }

    @Test
    void everyRoleMustBeSignedByItsKeys() {
        room.resolves(repository, "v1", "first");
        for (String role : List.of(Role.TIMESTAMP, Role.SNAPSHOT, Role.TARGETS)) {
            repository.forgers.put(role, List.of(TestSigner.of("ecdsa", "mallory")));
            repository.target(Role.TARGETS, "v1", "evil").publish();
            room.refused(repository, "v1", role, "has 0 valid signatures");
            new TrustRoom(temp.resolve("new " + role)).refused(repository, "v1", role, "has 0 valid signatures");
            repository.forgers.clear();
        }
        repository.publish();
        room.resolves(repository, "v1", "evil");
    }

    @Test
    void keysOfOtherRolesDoNotCount() {
        repository.forgers.put(Role.TARGETS, List.of(TestSigner.of("ed25519", "timestamp"), TestSigner.of("ed25519", "snapshot")));
        room.refused(repository.publish(), "v1", Role.TARGETS, "has 0 valid signatures");
    }

    @Test
    void aThresholdIsOfDifferentKeys() {
        TestSigner a = TestSigner.of("ecdsa", "a");
        TestSigner b = TestSigner.of("rsa", "b");
        repository.signers.put(Role.TARGETS, List.of(a, b, TestSigner.of("ed25519", "c")));
        repository.thresholds.put(Role.TARGETS, 2);
        repository.forgers.put(Role.TARGETS, List.of(a, a, a));
        repository.root();
        room.refused(repository.publish(), "v1", Role.TARGETS, "has 1 valid signatures of the keys of role targets, 2 are wanted");
        repository.forgers.put(Role.TARGETS, List.of(a, b));
        room.resolves(repository.publish(), "v1", "first");
    }

    @Test
    void whatExpiredIsRefused() {
        for (String role : List.of(Role.TIMESTAMP, Role.SNAPSHOT, Role.TARGETS, Role.ROOT)) {
            TestRepository old = new TestRepository(root("one")).target(Role.TARGETS, "v1", "first");
            old.expires.put(role, Instant.now().minusSeconds(60));
            TrustProblem problem = new TrustRoom(temp.resolve(role)).refused(old.publish(), "v1", role, "expired at");
            assertTrue(problem.remedy().contains("clock"), problem.remedy());
        }
    }

    /** Each file alone is good: what is replayed is what was signed. */
    @Test
    void olderMetadataIsRefused() {
        Map<String, byte[]> before = new HashMap<>(repository.files);
        repository.target(Role.TARGETS, "v1", "second").publish();
        room.resolves(repository, "v1", "second");
        Map<String, byte[]> now = new HashMap<>(repository.files);
        repository.files.put(Role.TIMESTAMP, before.get(Role.TIMESTAMP));
        room.refused(repository, "v1", Role.TIMESTAMP, "version 1 was offered, but version 2 was seen before (rollback)");
        new TrustRoom(temp.resolve("new")).resolves(repository, "v1", "first"); // who has seen nothing cannot know
        for (String role : List.of(Role.SNAPSHOT, Role.TARGETS)) {
            repository.files.putAll(now);
            repository.versions.put(role, 0L);
            repository.publish();
            room.refused(repository, "v1", role, "version 1 was offered, but version 2 was seen before (rollback)");
            repository.versions.put(role, 2L);
        }
        room.resolves(repository.publish(), "v1", "second");
    }

    @Test
    void twoTimestampsOfOneVersionAreRefused() {
        room.resolves(repository, "v1", "first");
        repository.versions.put(Role.TIMESTAMP, 0L);
        room.refused(repository.target(Role.TARGETS, "v1", "evil").publish(), "v1", Role.TIMESTAMP, "version 1 names another snapshot");
    }

    @Test
    void whatIsMissingIsRefused() {
        for (String role : List.of(Role.TIMESTAMP, Role.SNAPSHOT, Role.TARGETS)) {
            TestRepository hole = new TestRepository(root("one")).target(Role.TARGETS, "v1", "first").publish();
            hole.files.keySet().removeIf(name -> name.startsWith(role));
            new TrustRoom(temp.resolve(role)).refused(hole, "v1", role, role.equals(Role.TIMESTAMP) ? "there is none on https://notary.test" : "does not have it");
        }
        TrustProblem unsigned = new TrustRoom(temp.resolve("none")).refused((new TestRepository(root("one"))), "v1", Role.ROOT, "nobody has signed this repository");
        assertTrue(unsigned.remedy().contains("ContentTrust.disabled()"), unsigned.remedy());
        room.resolves(repository, "v1", "first");
        repository.files.clear();
        room.refused(repository, "v1", Role.ROOT, "none any more");
    }

    @Test
    void anotherRootIsRefusedOnceOneWasSeen() {
        room.resolves(repository, "v1", "first");
        TestRepository other = new TestRepository(root("mallory")).target(Role.TARGETS, "v1", "evil");
        other.signers.put(Role.TIMESTAMP, List.of(TestSigner.of("ecdsa", "mallory")));
        room.refused(other.publish(), "v1", Role.ROOT, "another version 1 than the one seen before");
        other.root();
        room.refused(other.publish(), "v1", Role.ROOT, "version 2 has 0 valid signatures of the keys of role root");
        room.resolves(repository, "v1", "first");
    }

    @Test
    void rootsFollowFromOneAnother() {
        room.resolves(repository, "v1", "first");
        TestSigner one = root("one");
        for (String next : List.of("two", "three", "four")) {
            TestSigner before = repository.signers.get(Role.ROOT).get(0);
            repository.signers.put(Role.ROOT, List.of(root(next)));
            repository.signers.put(Role.TIMESTAMP, List.of(TestSigner.of("ed25519", next)));
            repository.root(before);
        }
        byte[] third = repository.files.get("3.root");
        repository.files.remove("3.root");
        room.refused(repository.target(Role.TARGETS, "v1", "second").publish(), "v1", Role.ROOT, "3.root.json is missing");
        repository.files.put("3.root", repository.files.get("2.root"));
        room.refused(repository, "v1", Role.ROOT, "version 2 was offered as version 3");
        repository.files.put("3.root", third);
        room.resolves(repository, "v1", "second");
        repository.signers.put(Role.ROOT, List.of(one)); // whoever was rotated out
        repository.signers.put(Role.TIMESTAMP, List.of(TestSigner.of("ecdsa", "mallory")));
        repository.root();
        room.refused(repository.target(Role.TARGETS, "v1", "evil").publish(), "v1", Role.ROOT, "version 5 has 0 valid signatures");
        new TrustRoom(temp.resolve("new")).resolves(repository, "v1", "evil"); // the control: it is good in itself
    }

    /** Who keeps a new root from us is told on by the snapshot. */
    @Test
    void aRootThatIsWithheldIsMissed() {
        room.resolves(repository, "v1", "first");
        byte[] old = repository.files.get("root");
        repository.root();
        repository.publish().files.put("root", old);
        room.refused(repository, "v1", Role.ROOT, "version 1 is not the one that snapshot version 2 names");
        repository.files.put("root", repository.files.get("2.root"));
        room.resolves(repository, "v1", "first");
    }

    @Test
    void aRevokedKeyStaysRevokedThoughTheRestFails() {
        room.resolves(repository, "v1", "first");
        Map<String, byte[]> before = new HashMap<>(repository.files);
        repository.signers.put(Role.TARGETS, List.of(TestSigner.of("ecdsa", "new")));
        repository.root();
        repository.publish();
        repository.files.keySet().removeIf(name -> name.startsWith(Role.TARGETS));
        room.refused(repository, "v1", Role.TARGETS, "does not have it");
        repository.files.putAll(before);
        repository.versions.put(Role.TIMESTAMP, 1L);
        room.refused(repository, "v1", Role.ROOT, "version 1 was offered, but version 2 was seen before");
    }

    /** A server that was taken over drives versions to the end, so that none comes after; new keys make an end of that. */
    @Test
    void newKeysBeginNewVersions() {
        repository.versions.put(Role.TIMESTAMP, Integer.MAX_VALUE - 1L);
        repository.versions.put(Role.SNAPSHOT, Integer.MAX_VALUE - 1L);
        room.resolves(repository.publish(), "v1", "first");
        repository.signers.put(Role.TIMESTAMP, List.of(TestSigner.of("ed25519", "new timestamp")));
        repository.signers.put(Role.SNAPSHOT, List.of(TestSigner.of("ed25519", "new snapshot")));
        repository.versions.put(Role.TIMESTAMP, 0L);
        repository.versions.put(Role.SNAPSHOT, 0L);
        repository.root();
        room.resolves(repository.target(Role.TARGETS, "v1", "second").publish(), "v1", "second");
    }

    @Test
    void whatComesMustBeWhatWasNamed() {
        String name = repository.files.keySet().stream().filter(n -> n.startsWith("targets.")).findFirst().orElseThrow();
        repository.files.put(name, new TestRepository(root("one")).target(Role.TARGETS, "v1", "xirst").publish().files.entrySet().stream()
                .filter(e -> e.getKey().startsWith("targets.")).findFirst().orElseThrow().getValue());
        room.refused(repository, "v1", Role.TARGETS, "what came is not what the snapshot names");
        repository.files.put(name, new byte[100_000]);
        assertThrows(TrustProblem.class, () -> room.tags(repository).resolve("v1"));
    }

    @Test
    void aDamagedMemoryIsNoNewBeginning() throws IOException {
        room.resolves(repository, "v1", "first");
        Path kept;
        try (var files = Files.list(temp)) {
            kept = files.filter(f -> f.toString().endsWith(".json")).findFirst().orElseThrow();
        }
        Files.write(kept, "{\"schema\":1".getBytes(StandardCharsets.US_ASCII));
        StorageProblem problem = assertThrows(StorageProblem.class, () -> room.tags(repository).resolve("v1"));
        assertTrue(problem.what().contains(kept.toString()) && problem.remedy().contains("ContentTrust.certs"), problem::getMessage);
    }
}
