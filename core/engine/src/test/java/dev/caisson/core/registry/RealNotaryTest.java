package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContentTrust;
import dev.caisson.ImageTrust;
import dev.caisson.RegistryAccess;
import dev.caisson.TrustProblem;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.trust.MetadataSource;
import dev.caisson.core.trust.SignedTags;
import dev.caisson.core.trust.TrustStore;
import dev.caisson.testkit.registry.Pki;
import dev.caisson.testkit.registry.RealNotary;
import dev.caisson.testkit.registry.TokenServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's notary-server, and notary(1) as the publisher. Row 89. */
@Tag("host")
class RealNotaryTest {
    private static final String GUN = "registry.test/team/app";
    private static final String ONE = "sha256:" + "1".repeat(64);
    private static final String TWO = "sha256:" + "2".repeat(64);

    @TempDir
    Path temp;
    private Pki pki;
    private RealNotary notary;
    private RealNotary.Publisher publisher;
    private Registries registries;
    private int clients;

    @BeforeEach
    void open() {
        pki = new Pki(temp.resolve("certs"));
        notary = RealNotary.open(temp.resolve("notary"), pki);
        publisher = notary.publisher(temp.resolve("keys"));
        registries = registries(RegistryAccess.of(notary.host()).certificates(pki.directory()));
    }

    @AfterEach
    void close() {
        registries.close();
        notary.close();
    }

    private static Registries registries(RegistryAccess... access) {
        return new Registries(List.of(access), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE);
    }

    private NotaryServer server(Registries with) {
        return new NotaryServer(with, ImageReference.parse(GUN), Optional.of(URI.create(notary.address())));
    }

    /** Files as they came, and others in their place. */
    private final class Between implements MetadataSource {
        final Map<String, byte[]> seen = new HashMap<>();
        final Map<String, byte[]> instead = new HashMap<>();

        @Override
        public String where() {
            return notary.address();
        }

        @Override
        public Optional<byte[]> get(String name, String role, int limit) {
            Optional<byte[]> came = instead.containsKey(name) ? Optional.ofNullable(instead.get(name)) : server(registries).get(name, role, limit);
            came.ifPresent(c -> seen.put(name, c));
            return came;
        }
    }

    /** Somebody who remembers nothing yet. */
    private Path client() {
        return temp.resolve("client" + clients++);
    }

    private SignedTags tags(Path client, MetadataSource source, Duration later) {
        return new SignedTags(GUN, source, ContentTrust.enforced(), new TrustStore(client), Clock.offset(Clock.systemUTC(), later));
    }

    private String resolve(Path client, MetadataSource source, String tag) {
        return tags(client, source, Duration.ZERO).resolve(tag).digest().toString();
    }

    private TrustProblem refused(Path client, MetadataSource source, String role, String reason) {
        TrustProblem problem = assertThrows(TrustProblem.class, () -> resolve(client, source, "v1"));
        assertEquals(role, problem.role(), problem::getMessage);
        assertTrue(problem.what().contains(reason) && !problem.remedy().isEmpty(), problem::getMessage);
        return problem;
    }

    private void signed() {
        publisher.run("init -p " + GUN);
        publisher.sign(GUN, "v1", ONE, 11);
    }

    @Test
    void whatNotarySignsIsTold() {
        refused(client(), server(registries), "root", "nobody has signed this repository");
        signed();
        Path client = client();
        assertEquals(ONE, resolve(client, server(registries), "v1"));
        assertEquals(11, tags(client, server(registries), Duration.ZERO).resolve("v1").size());
        publisher.sign(GUN, "v1", TWO, 22);
        assertEquals(TWO, resolve(client, server(registries), "v1"));
        publisher.run("remove -p " + GUN + " v1");
        refused(client, server(registries), "targets", "the tag 'v1' is not signed; no tag is");
    }

    @Test
    void signersWithKeysOfTheirOwn() {
        signed();
        publisher.delegate(GUN, "targets/releases");
        publisher.delegate(GUN, "targets/alice");
        publisher.sign(GUN, "v1", TWO, 22, "targets/releases");
        publisher.sign(GUN, "v1", TWO, 22, "targets/alice");
        publisher.sign(GUN, "hers", ONE, 11, "targets/alice");
        Path client = client();
        assertEquals(TWO, resolve(client, server(registries), "v1"));
        assertThrows(TrustProblem.class, () -> resolve(client, server(registries), "hers"));
        ImageTrust trust = tags(client, server(registries), Duration.ZERO).inspect(URI.create(notary.address()), t -> true);
        assertEquals(List.of(new ImageTrust.SignedTag("v1", TWO, 22, List.of("alice"))), trust.tags());
        String keys = publisher.run("key list");
        assertTrue(keys.contains(trust.repositoryKeys().get(0).substring(0, 40)), keys);
        publisher.run("delegation remove -p -y " + GUN + " targets/releases");
        assertEquals(ONE, resolve(client, server(registries), "v1"));
    }

    @Test
    void rotatedKeys() {
        signed();
        Path client = client();
        Between before = new Between();
        assertEquals(ONE, resolve(client, before, "v1"));
        for (String role : List.of("root", "targets", "snapshot -r", "timestamp -r")) {
            publisher.run("key rotate " + GUN + " " + role);
            assertEquals(ONE, resolve(client, server(registries), "v1"), role);
        }
        publisher.run("key rotate " + GUN + " root");
        publisher.run("key rotate " + GUN + " root"); // two steps at once
        publisher.sign(GUN, "v1", TWO, 22);
        assertEquals(TWO, resolve(client, server(registries), "v1"));
        Between replay = new Between();
        replay.instead.putAll(before.seen);
        refused(client, replay, "root", "version 1 was offered");
        assertEquals(ONE, resolve(client(), replay, "v1"), "the control: all of it is properly signed");
        replay.instead.clear();
        replay.instead.put("3.root", null);
        assertEquals(TWO, resolve(client, replay, "v1"), "who is up to date needs no older root");
    }

    @Test
    void replaysAreRefused() {
        signed();
        Path client = client();
        Between between = new Between();
        assertEquals(ONE, resolve(client, between, "v1"));
        Map<String, byte[]> before = Map.copyOf(between.seen);
        publisher.sign(GUN, "v1", TWO, 22);
        assertEquals(TWO, resolve(client, between, "v1"));
        between.instead.put("timestamp", before.get("timestamp"));
        refused(client, between, "timestamp", "(rollback)");
        between.instead.clear();
        String snapshot = between.seen.keySet().stream().filter(n -> n.startsWith("snapshot.") && !before.containsKey(n)).findFirst().orElseThrow();
        Path late = client();
        between.instead.put(snapshot, before.entrySet().stream().filter(e -> e.getKey().startsWith("snapshot.")).findFirst().orElseThrow().getValue());
        refused(late, between, "snapshot", "is not what the timestamp names");
        between.instead.put(snapshot, null);
        refused(late, between, "snapshot", "does not have it");
        between.instead.put("timestamp", null);
        refused(client, between, "timestamp", "there is none");
        assertEquals(TWO, resolve(client, server(registries), "v1"));
    }

    @Test
    void anotherPublisherCannotTakeItsPlace() {
        signed();
        Path client = client();
        assertEquals(ONE, resolve(client, server(registries), "v1"));
        notary.close();
        registries.close();
        notary = RealNotary.open(temp.resolve("taken-over"), pki);
        registries = registries(RegistryAccess.of(notary.host()).certificates(pki.directory()));
        refused(client, server(registries), "root", "there is none any more");
        publisher = notary.publisher(temp.resolve("mallory"));
        signed();
        refused(client, server(registries), "root", "another version 1 than the one seen before");
        publisher.run("key rotate " + GUN + " root");
        refused(client, server(registries), "root", "has 0 valid signatures of the keys of role root");
        assertEquals(ONE, resolve(client(), server(registries), "v1"), "the control: it is good in itself");
    }

    /** Notary signs timestamps for 14 days. */
    @Test
    void whatTheServerSignedExpires() {
        signed();
        Path client = client();
        assertEquals(ONE, tags(client, server(registries), Duration.ofDays(13)).resolve("v1").digest().toString());
        TrustProblem problem = assertThrows(TrustProblem.class, () -> tags(client, server(registries), Duration.ofDays(15)).resolve("v1"));
        assertTrue(problem.role().equals("timestamp") && problem.what().contains("expired at"), problem::getMessage);
        TrustProblem root = assertThrows(TrustProblem.class, () -> tags(client, server(registries), Duration.ofDays(3700)).resolve("v1"));
        assertTrue(root.role().equals("root") && root.what().contains("expired at"), root::getMessage);
    }

    @Test
    void everySignatureCounts() {
        signed();
        Between between = new Between();
        resolve(client(), between, "v1");
        for (String name : List.copyOf(between.seen.keySet())) {
            String role = name.replaceFirst("\\..*", "");
            String good = new String(between.seen.get(name), java.nio.charset.StandardCharsets.UTF_8);
            int at = good.indexOf("\"sig\":\"") + 20;
            String bad = good.substring(0, at) + (good.charAt(at) == 'A' ? 'B' : 'A') + good.substring(at + 1);
            between.instead.put(name, bad.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            refused(client(), between, role, name.indexOf('.') < 0 ? "has 0 valid signatures" : "names: length or hash differ");
            between.instead.clear();
        }
    }

    private void release(Path key, String tag, String digest, long size) {
        NotaryServer server = server(registries);
        tags(temp.resolve("signer"), server, Duration.ZERO).release(tag, Digest.parse(digest), size, key, server);
    }

    /** What we sign, notary(1) takes and adds to. */
    @Test
    void ourSignaturesAreNotarys() {
        publisher.run("init -p " + GUN);
        for (String kind : List.of("rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256")) {
            String name = kind.substring(0, 2);
            Path key = publisher.newKey(name, kind);
            SignedTags tags = tags(temp.resolve("signer"), server(registries), Duration.ZERO);
            TrustProblem stranger = assertThrows(TrustProblem.class, () -> tags.mayRelease("v1", key));
            assertTrue(stranger.role().equals("targets/releases") && stranger.remedy().contains("docker trust signer add"), stranger::getMessage);
            publisher.admit(GUN, "targets/releases", name);
            publisher.admit(GUN, "targets/" + name, name);
            if (name.equals("rs")) {
                TrustProblem snapshots = assertThrows(TrustProblem.class, () -> release(key, "v1", ONE, 11));
                assertTrue(snapshots.stage() == dev.caisson.Stage.PUSH && snapshots.remedy().contains("snapshot -r"), snapshots::getMessage);
                publisher.run("key rotate " + GUN + " snapshot -r");
            }
            release(key, "v1", ONE, 11);
            release(key, "of-" + name, TWO, 22);
            release(key, "v1", TWO, 22);
            String list = publisher.run("list " + GUN);
            assertTrue(list.matches("(?s).*v1 +" + TWO.substring(7) + " +22 +targets/releases.*") && list.contains("of-" + name), list);
            assertTrue(publisher.run("list -r targets/" + name + " " + GUN).contains(TWO.substring(7)));
        }
        publisher.run("key import '" + temp.resolve("keys/rs.key") + "' --role targets/releases");
        publisher.sign(GUN, "v1", ONE, 11, "targets/releases");
        assertEquals(ONE, resolve(client(), server(registries), "v1"));
        assertEquals(TWO, resolve(client(), server(registries), "of-ec"));
        ImageTrust trust = tags(client(), server(registries), Duration.ZERO).inspect(URI.create(notary.address()), t -> t.tag().startsWith("of-"));
        assertEquals(List.of(List.of("ec"), List.of("rs")), trust.tags().stream().map(ImageTrust.SignedTag::signers).toList());
    }

    @Test
    void tokensAndTls() {
        try (Registries unknown = registries()) {
            TrustProblem untrusted = refused(client(), server(unknown), "root", "cannot be used at " + notary.address());
            assertTrue(untrusted.remedy().contains("/etc/docker/certs.d/" + notary.host()), untrusted.remedy());
        }
        assertFalse(notary.log().contains("_trust/tuf"), "asked in spite of it");
        notary.close();
        try (TokenServer tokens = TokenServer.tls(pki, "me", "pw")) {
            notary = RealNotary.token(temp.resolve("tokens"), pki, tokens, "me", "pw");
            publisher = notary.publisher(temp.resolve("keys2"));
            signed();
            RegistryAccess access = RegistryAccess.of(notary.host()).certificates(pki.directory());
            try (Registries mine = registries(access.login("me", "pw")); Registries nobody = registries(access, RegistryAccess.of("registry.test").login("me", "pw"))) {
                assertEquals(ONE, resolve(client(), server(mine), "v1"));
                assertTrue(tokens.asked().contains("repository:" + GUN + ":pull"), tokens.asked().toString());
                TrustProblem refused = refused(client(), server(nobody), "root", "refuses anonymous access");
                assertTrue(refused.remedy().contains("docker login " + notary.host()), refused.remedy());
            }
        }
    }
}
