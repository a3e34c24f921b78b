package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random pushes, mounts, deletions, collections and restarts, against what a few maps say should be there. */
class ModelTest extends ServedTest {
    private static final List<String> REPOSITORIES = List.of("a", "a/b", "a-b");
    private static final int BLOBS = 4;
    private static final int STEPS = 120;

    /** One repository as it should be. */
    private static final class Expected {
        final Set<Integer> blobs = new TreeSet<>();
        final Map<Digest, Set<Integer>> manifests = new HashMap<>();
        final TreeMap<String, Digest> tags = new TreeMap<>();
        boolean existed;
    }

    private final Map<String, Expected> model = new TreeMap<>();
    private Http http;

    private static byte[] content(int blob) {
        return bytes("content of blob " + blob);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5, 8, 13})
    void whatShouldBeThereIs(long seed) throws IOException {
        Random random = new Random(seed);
        REPOSITORIES.forEach(r -> model.put(r, new Expected()));
        http = serve();
        for (int i = 0; i < STEPS; i++) {
            step(random);
        }
        check();
        collect();
        check();
        Set<Digest> needed = new HashSet<>();
        model.values().forEach(e -> {
            needed.addAll(e.manifests.keySet());
            e.blobs.forEach(b -> needed.add(digest(content(b))));
        });
        try (var files = Files.walk(directory().resolve("blobs"))) {
            assertEquals(needed.size(), files.filter(Files::isRegularFile).count());
        }
    }

    private void step(Random random) {
        String repository = REPOSITORIES.get(random.nextInt(REPOSITORIES.size()));
        Expected expected = model.get(repository);
        int blob = random.nextInt(BLOBS);
        String tag = "t" + random.nextInt(3);
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                blob(http, repository, content(blob));
                expected.blobs.add(blob);
            }
            case 2 -> mount(REPOSITORIES.get(random.nextInt(REPOSITORIES.size())), repository, blob);
            case 3, 4, 5 -> put(repository, blob, random.nextInt(BLOBS), tag);
            case 6 -> {
                boolean was = expected.tags.remove(tag) != null;
                assertEquals(was ? 202 : 404, http.send("DELETE", "/v2/" + repository + "/manifests/" + tag, NOTHING).status());
            }
            case 7 -> {
                Digest digest = expected.tags.getOrDefault(tag, Digest.parse(MISSING));
                expected.tags.values().removeIf(digest::equals);
                assertEquals(expected.manifests.remove(digest) != null ? 202 : 404, http.send("DELETE", "/v2/" + repository + "/manifests/" + digest, NOTHING).status());
            }
            case 8 -> assertEquals(expected.blobs.remove(blob) ? 202 : 404, http.send("DELETE", "/v2/" + repository + "/blobs/" + digest(content(blob)), NOTHING).status());
            default -> {
                if (random.nextBoolean()) {
                    collect();
                } else {
                    server.close();
                    http = serve();
                }
            }
        }
    }

    private void mount(String from, String to, int blob) {
        Http.Answer answer = http.send("POST", "/v2/" + to + "/blobs/uploads/?from=" + from + "&mount=" + digest(content(blob)), NOTHING);
        boolean there = model.get(from).blobs.contains(blob);
        assertEquals(there ? 201 : 202, answer.status());
        if (there) {
            model.get(to).blobs.add(blob);
        } else {
            http.send("DELETE", answer.header("Location"), NOTHING);
        }
    }

    private void put(String repository, int config, int layer, String tag) {
        Expected expected = model.get(repository);
        byte[] manifest = manifest(content(config), content(layer), "");
        boolean complete = expected.blobs.contains(config) && expected.blobs.contains(layer);
        assertEquals(complete ? 201 : 400, http.send("PUT", "/v2/" + repository + "/manifests/" + tag, manifest, "Content-Type", Manifest.OCI_MANIFEST).status());
        if (complete) {
            expected.manifests.put(digest(manifest), Set.copyOf(new HashSet<>(List.of(config, layer))));
            expected.tags.put(tag, digest(manifest));
            expected.existed = true;
        }
    }

    private void collect() {
        server.collectGarbage(Duration.ofSeconds(-1));
        for (Expected expected : model.values()) {
            Set<Integer> needed = new HashSet<>();
            expected.manifests.values().forEach(needed::addAll);
            expected.blobs.retainAll(needed);
        }
    }

    private void check() {
        model.forEach((repository, expected) -> {
            for (int blob = 0; blob < BLOBS; blob++) {
                Http.Answer answer = http.get("/v2/" + repository + "/blobs/" + digest(content(blob)));
                assertEquals(expected.blobs.contains(blob) ? new String(content(blob)) : "404", answer.status() == 200 ? answer.text() : "" + answer.status());
            }
            expected.manifests.keySet().forEach(digest -> assertEquals(digest, digest(http.get("/v2/" + repository + "/manifests/" + digest).body())));
            expected.tags.forEach((tag, digest) -> assertEquals(digest, digest(http.get("/v2/" + repository + "/manifests/" + tag).body())));
            if (expected.existed) {
                String tags = expected.tags.keySet().stream().map(t -> "\"" + t + "\"").reduce((a, b) -> a + "," + b).orElse("");
                assertEquals("{\"name\":\"" + repository + "\",\"tags\":[" + tags + "]}", http.get("/v2/" + repository + "/tags/list").text());
            }
        });
    }
}
