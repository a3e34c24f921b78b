package dev.caisson.core.trust;

import static dev.caisson.core.trust.TrustRoom.GUN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.TrustProblem;
import dev.caisson.core.content.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever a file's bytes are, either it is refused by name, or it says what its publisher signed. Rows 80 and 89. */
class MetadataFuzzTest {
    private static final Subject TARGETS = new Subject(GUN, Role.TARGETS);
    private static final Digest SIGNED = Digest.of("first".getBytes(StandardCharsets.UTF_8));
    private static Path directory;
    private static TestRepository repository;

    @BeforeContainer
    static void publish() throws IOException {
        directory = Files.createTempDirectory("trust");
        repository = new TestRepository(TestSigner.certificate(directory, "root", GUN, "")).target(Role.TARGETS, "v1", "first").target(Role.RELEASES, "v1", "first");
        repository.delegate(Role.RELEASES, "", TestSigner.of("ecdsa", "releases")).publish();
    }

    @AfterContainer
    static void remove() throws IOException {
        try (var all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** A byte more, less or another in any file, also where nothing names its hash. */
    @Property(tries = 400)
    void aChangedByteChangesNothingButTheAnswer(@ForAll @IntRange(max = 1 << 20) int where, @ForAll byte value, @ForAll @IntRange(max = 2) int how, @ForAll @IntRange(max = 9) int which)
            throws IOException {
        List<String> names = new ArrayList<>(repository.files.keySet());
        String name = names.get(which % names.size());
        byte[] good = repository.files.get(name);
        int at = where % good.length;
        byte[] bad = how == 0 ? good.clone() : new byte[good.length + (how == 1 ? 1 : -1)];
        if (how == 0) {
            bad[at] = value;
        } else {
            System.arraycopy(good, 0, bad, 0, at);
            System.arraycopy(good, how == 1 ? at : at + 1, bad, how == 1 ? at + 1 : at, good.length - at - (how == 1 ? 0 : 1));
            if (how == 1) {
                bad[at] = value;
            }
        }
        try {
            repository.files.put(name, bad);
            Path store = Files.createTempDirectory(directory, "store");
            try {
                assertEquals(SIGNED, new TrustRoom(store).tags(repository).resolve("v1").digest());
            } catch (TrustProblem e) {
                assertTrue(!e.role().isEmpty() && e.repository().equals(GUN), e::getMessage);
            }
        } finally {
            repository.files.put(name, good);
        }
    }

    @Property(tries = 2000)
    void noiseIsRefused(@ForAll @Size(max = 300) byte[] noise) {
        for (Function<byte[], Object> parser : PARSERS) {
            assertThrows(TrustProblem.class, () -> parser.apply(noise));
        }
    }

    /** JSON that nearly is metadata. */
    @Property(tries = 1000)
    void nearlyMetadataIsRefused(@ForAll @IntRange(max = 20) int cut, @ForAll @StringLength(max = 6) String word) {
        String good = new String(repository.files.get("root"), StandardCharsets.UTF_8);
        String[] parts = good.split("[\":,\\[\\]{}]+");
        String part = parts[cut % parts.length];
        String changed = part.isEmpty() ? good + word.replaceAll("\\s", "x") + "}" : good.replace(part, word);
        try {
            Root root = Root.parse(changed.getBytes(StandardCharsets.UTF_8), new Subject(GUN, Role.ROOT));
            assertTrue(root.signed().version() > 0);
        } catch (TrustProblem e) {
            assertEquals(Role.ROOT, e.role());
        }
    }

    private static final List<Function<byte[], Object>> PARSERS = List.of(raw -> Root.parse(raw, new Subject(GUN, Role.ROOT)), raw -> Targets.parse(raw, TARGETS),
            raw -> Snapshot.parse(raw, new Subject(GUN, Role.SNAPSHOT)));

    @Property(tries = 500)
    void canonicalFormIsAFixedPoint(@ForAll @Size(max = 8) Map<@StringLength(max = 5) String, @StringLength(max = 8) String> members, @ForAll long number) {
        var node = new com.fasterxml.jackson.databind.ObjectMapper().createObjectNode().put("number", number);
        members.forEach(node.putObject("texts")::put);
        byte[] once;
        try {
            once = Canonical.bytes(node);
        } catch (IllegalArgumentException e) {
            return; // half a character
        }
        String text = new String(once, StandardCharsets.UTF_8);
        if (text.chars().noneMatch(c -> c < ' ')) { // Notary's canonical form writes these as they are, which is no JSON any more
            assertArrayEquals(once, Json.parse(once, TARGETS).canonical());
        }
    }

    @net.jqwik.api.Example
    void canonicalForm() {
        assertEquals("{\"\":0,\"a\":[],\"b\":{\"c\":null,\"d\":true},\"e\":\"<&>/\u00e9\\\\\\\"\u2028\",\"f\":[1,-2],\"\u00e9\":{}}", new String(Json.parse(
                ("{ \"\u00e9\":{}, \"f\": [1, -2], \"e\":\"<&>\\/\\u00e9\\\\\\\"\\u2028\", \"b\": {\"d\":true,\"c\":null}, \"a\":[], \"\":0 }").getBytes(StandardCharsets.UTF_8), TARGETS).canonical(),
                StandardCharsets.UTF_8));
        for (String bad : List.of("{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":9223372036854775808}", "{\"a\":\"\\ud800\"}", "{\"a\":1,\"a\":1}", "{\"a\":1}x", "[]", "", "{\"a\":" + "[".repeat(99))) {
            assertThrows(TrustProblem.class, () -> Json.parse(bad.getBytes(StandardCharsets.UTF_8), TARGETS).canonical(), bad);
        }
    }
}
