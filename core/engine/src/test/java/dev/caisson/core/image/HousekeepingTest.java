package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageBuilder;
import dev.caisson.ImageDetails;
import dev.caisson.ImageFilter;
import dev.caisson.ImageProblem;
import dev.caisson.ImageSpace;
import dev.caisson.ImageUsage;
import dev.caisson.InvalidSpec;
import dev.caisson.Pruned;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.spi.storage.LayerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Listing, inspecting, pruning, saving many images; skopeo reads what is saved. */
@Tag("host")
class HousekeepingTest extends ImageRoom {
    private static final Predicate<LayerId> NONE = layer -> false;

    private void image(String base, String name, int second, String... labels) {
        ImageBuilder builder = draft(base).file("/" + name.replaceAll("[/:]", "-"), name.getBytes(StandardCharsets.UTF_8), 0644).created(Instant.ofEpochSecond(second));
        for (String label : labels) {
            builder.change("LABEL " + label);
        }
        builder.build(name);
    }

    private List<String> names(ImageFilter filter) {
        return images.list(filter).stream().map(r -> r.references().isEmpty() ? "-" : ImageReference.parse(r.references().get(0)).familiar()).toList();
    }

    private ImageUsage usage() {
        return images.usage(layer -> 0);
    }

    @Test
    void filters() {
        image(null, "old", 1, "a=1");
        image(null, "team/web:1.0", 2, "a=2", "b=x");
        image(null, "team/web:2.0", 3);
        image(null, "registry.example.org:5000/team/db", 4);
        image(null, "old", 5, "a=3"); // the first one has no name now
        ImageFilter all = ImageFilter.all();
        assertEquals(List.of("old:latest", "registry.example.org:5000/team/db:latest", "team/web:2.0", "team/web:1.0", "-"), names(all));
        assertEquals(List.of("-"), names(all.dangling(true)));
        assertEquals(4, names(all.dangling(false)).size());
        assertEquals(List.of("team/web:1.0", "-"), names(all.before("team/web:2.0")));
        assertEquals(List.of("old:latest", "registry.example.org:5000/team/db:latest"), names(all.since("team/web:2.0")));
        assertEquals(List.of("team/web:1.0", "-"), names(all.until(Instant.ofEpochSecond(3))));
        assertEquals(List.of("old:latest", "team/web:1.0", "-"), names(all.label("a")));
        assertEquals(List.of("team/web:1.0"), names(all.label("a", "2").label("b")));
        assertEquals(List.of("registry.example.org:5000/team/db:latest", "team/web:2.0"), names(all.withoutLabel("a")));
        assertEquals(List.of("old:latest", "registry.example.org:5000/team/db:latest", "team/web:2.0", "-"), names(all.withoutLabel("a", "2")));
        assertEquals(List.of("team/web:2.0", "team/web:1.0"), names(all.reference("team/*")));
        assertEquals(List.of("team/web:1.0"), names(all.reference("team/web:1.*")));
        assertEquals(List.of("team/web:2.0", "team/web:1.0"), names(all.reference("docker.io/team/web")));
        assertEquals(List.of("registry.example.org:5000/team/db:latest"), names(all.reference("registry*/team/*")));
        assertEquals(List.of("old:latest", "team/web:2.0"), names(all.reference("old").reference("*/web:2.?")));
        assertEquals(List.of(), names(all.reference("*eb*")), "a star ends at a slash");
        assertThrows(InvalidSpec.class, () -> names(all.reference("[a")));
        assertThrows(ImageProblem.class, () -> names(all.before("nobody")));
    }

    @Test
    void pruning() {
        image(null, "base", 1);
        image("base", "app", 2);
        image("base", "app", 3, "new=1");
        image("app", "top", 4);
        ImageUsage usage = usage();
        assertEquals(4, usage.images());
        assertEquals(0, usage.inUse());
        assertEquals(usage.blobBytes() + usage.layerBytes(), usage.reclaimableBytes());
        ImageRecord dangling = images.list(ImageFilter.all().dangling(true)).get(0);
        driver.use(dangling.layers().get(1), "somebody");
        assertEquals(List.of(), images.prune(ImageFilter.all().dangling(true), NONE).removed(), "a container of another engine stands on it");
        assertEquals(1, usage().inUse());
        driver.use(dangling.layers().get(1), null);
        Pruned pruned = images.prune(ImageFilter.all().dangling(true), NONE);
        assertEquals(List.of(dangling.config().toString()), pruned.removed());
        assertEquals(usage.blobBytes() + usage.layerBytes() - usage().blobBytes() - usage().layerBytes(), pruned.bytes());
        LayerId top = images.find("top").orElseThrow().layers().get(2);
        assertEquals(List.of("docker.io/library/app:latest", "docker.io/library/base:latest"), images.prune(ImageFilter.all(), top::equals).removed().stream().sorted().toList());
        assertEquals(List.of("top:latest"), names(ImageFilter.all()));
        assertEquals(3, driver.layers().size(), "what is left stands on all three");
        images.prune(ImageFilter.all(), NONE);
        assertEquals(0, content.blobs().size() + driver.layers().size() + images.list().size());
        assertEquals(new ImageUsage(0, 0, 0, 0, 0, List.of(), usage().json()), usage());
    }

    /** What an image needs, counted by others: blobs by its manifest, layers by du(1). */
    private long counted(String name) {
        ImageRecord record = images.find(name).orElseThrow();
        String blobs = "import json, os; d = 'root/content/blobs/sha256/'; n = '" + record.manifest().hex() + "'; m = json.load(open(d + n)); "
                + "print(os.stat(d + n).st_size + os.stat(d + m['config']['digest'][7:]).st_size + sum(os.stat(d + l['digest'][7:]).st_size for l in m['layers']))";
        return Long.parseLong(sh("python3 -c \"" + blobs + "\"").strip()) + record.layers().stream().mapToLong(this::counted).sum();
    }

    private long counted(LayerId layer) {
        return Long.parseLong(sh("du -sb " + driver.tree(layer) + " | cut -f 1").strip());
    }

    @Test
    void eachApart() throws IOException {
        byte[] noise = new byte[300_000];
        new Random(1).nextBytes(noise);
        draft(null).file("/noise", noise, 0644).created(Instant.ofEpochSecond(1)).build("base");
        image("base", "team/app:1", 2);
        image("base", "other", 3);
        image(null, "alone", 4);
        LayerId top = images.find("team/app:1").orElseThrow().layers().get(1);
        ImageUsage usage = images.usage(layer -> layer.equals(top) ? 2 : 0);
        assertEquals(List.of("alone", "other", "team/app", "base"), usage.each().stream().map(i -> i.references().get(0).replaceAll("docker.io/(library/)?|:.*", "")).toList());
        for (ImageSpace image : usage.each()) {
            assertEquals(counted(image.references().get(0)), image.bytes(), image.references()::toString);
        }
        ImageRecord base = images.find("base").orElseThrow();
        long shared = base.size() + counted(base.layers().get(0));
        assertEquals(List.of(0L, shared, shared, shared), usage.each().stream().map(ImageSpace::sharedBytes).toList());
        assertTrue(shared > 600_000, "noise as it is and compressed");
        assertEquals(List.of(0, 0, 2, 0), usage.each().stream().map(ImageSpace::containers).toList());
        assertEquals(1, usage.inUse());
        assertEquals(usage.blobBytes() + usage.layerBytes(), usage.each().stream().mapToLong(ImageSpace::uniqueBytes).sum() + shared, "what is shared is there once");
        JsonNode json = new ObjectMapper().readTree(usage.json());
        assertEquals(usage.layerBytes(), json.get("LayersSize").asLong());
        JsonNode app = json.get("Images").get(2);
        assertEquals(List.of("team/app:1", images.find("team/app:1").orElseThrow().config().toString()), List.of(app.at("/RepoTags/0").asText(), app.get("Id").asText()));
        assertEquals(List.of(2L, usage.each().get(2).bytes(), shared, 2L),
                List.of(app.get("Created").asLong(), app.get("Size").asLong(), app.get("SharedSize").asLong(), app.get("Containers").asLong()));
    }

    @Test
    void removingWhatAContainerOfAnotherEngineUses() {
        image(null, "base", 1);
        driver.use(images.find("base").orElseThrow().layers().get(0), "c0ffee");
        int blobs = content.blobs().size();
        ImageProblem used = assertThrows(ImageProblem.class, () -> images.remove("base"));
        assertTrue(used.getMessage().contains("container c0ffee uses"), used.getMessage());
        assertEquals(blobs, content.blobs().size());
        assertEquals(List.of("base:latest"), names(ImageFilter.all()));
    }

    @Test
    void inspection() throws IOException {
        sh("mkdir r; echo 1 > r/f; tar -C r -cf r.tar .");
        images.importRootfs(temp.resolve("r.tar"), "base", "HEALTHCHECK --interval=5s --retries=3 CMD true", "VOLUME /v", "STOPSIGNAL SIGQUIT");
        draft("base").file("/x", new byte[1], 0644).command("a", "b").author("me").label("k", "v").build("team/more:1");
        ImageDetails details = images.inspect("team/more:1", HousekeepingTest::shown);
        assertEquals("me", details.author());
        assertEquals(List.of("a", "b"), details.command());
        assertEquals("SIGQUIT", details.stopSignal());
        assertEquals(5, details.healthcheck().orElseThrow().interval().toSeconds());
        assertEquals(List.of("", "COPY to /x", "CMD a b", "LABEL k=v"), details.history().stream().map(ImageDetails.Step::createdBy).toList());
        assertEquals(List.of(true, true, false, false), details.history().stream().map(s -> s.layer().isPresent()).toList());
        assertEquals(details.layers().get(1), details.history().get(1).layer().orElseThrow());
        assertTrue(details.history().get(1).size() > 0 && details.history().get(2).size() == 0);
        JsonNode json = new ObjectMapper().readTree(details.json());
        assertEquals("team/more:1", json.at("/RepoTags/0").asText());
        assertEquals("docker.io/team/more@" + details.image().digest(), json.at("/RepoDigests/0").asText());
        assertEquals("v", json.at("/Config/Labels/k").asText());
        assertEquals(2, json.at("/RootFS/Layers").size());
        assertThrows(ImageProblem.class, () -> images.inspect("nobody", HousekeepingTest::shown));
    }

    @Test
    void severalInOneArchive() {
        image(null, "base", 1);
        image("base", "app:1", 2);
        images.save(List.of("base", "app:1", "base"), temp.resolve("both.tar"));
        assertEquals("1", sh("tar -tf both.tar | grep -c '^blobs/sha256/" + content.blobs().get(0).hex() + "$'").strip(), "what they share is in it once");
        assertTrue(sh("skopeo inspect docker-archive:both.tar:app:1").contains("Layers"));
        assertTrue(sh("skopeo inspect docker-archive:both.tar:base:latest").contains("Layers"));
        List<ImageRecord> before = images.list();
        images.prune(ImageFilter.all(), NONE);
        images.load(temp.resolve("both.tar"));
        assertEquals(before, images.list());
        assertThrows(ImageProblem.class, () -> images.save(List.of(), temp.resolve("x.tar")));
        assertThrows(ImageProblem.class, () -> images.save(List.of("base", "nobody"), temp.resolve("x.tar")));
        assertTrue(Files.notExists(temp.resolve("x.tar")));
    }

    @Test
    void layoutDirectories() throws IOException {
        image(null, "base", 1);
        image("base", "app:1", 2);
        Path layout = temp.resolve("some/layout");
        images.saveLayout(List.of("base"), layout);
        images.saveLayout(List.of("app:1"), layout);
        String base = images.find("base").orElseThrow().manifest().toString();
        assertEquals(base, sh("skopeo inspect --format '{{.Digest}}' oci:some/layout:latest").strip());
        assertEquals(images.find("app:1").orElseThrow().manifest().toString(), sh("skopeo inspect --format '{{.Digest}}' oci:some/layout:1").strip());
        image(null, "base", 7);
        images.saveLayout(List.of("base"), layout);
        assertEquals(images.find("base").orElseThrow().manifest().toString(), sh("skopeo inspect --format '{{.Digest}}' oci:some/layout:latest").strip(), "the name has moved");
        List<ImageRecord> named = images.list(ImageFilter.all().dangling(false));
        images.prune(ImageFilter.all(), NONE);
        images.load(layout);
        assertEquals(named, images.list());
        assertEquals(java.util.Set.of("blobs", "index.json", "oci-layout"), java.util.Set.of(layout.toFile().list()));
        Path broken = Files.createDirectories(temp.resolve("broken")); // as a writer leaves it that dies before its end
        Files.createFile(broken.resolve("oci-layout"));
        Files.createFile(broken.resolve(".index.json.123.part"));
        images.saveLayout(List.of("base"), broken);
        assertEquals(1, images.load(broken).size());
        Path strange = Files.createDirectories(temp.resolve("strange"));
        Files.writeString(strange.resolve("diary"), "mine");
        assertThrows(ImageProblem.class, () -> images.saveLayout(List.of("base"), strange));
        Files.writeString(layout.resolve("index.json"), "{");
        assertThrows(ImageProblem.class, () -> images.saveLayout(List.of("base"), layout));
        assertEquals("{", Files.readString(layout.resolve("index.json")));
    }

    /** Whoever comes second keeps what the first one has written. */
    @Test
    void layoutDirectoriesOfSeveralThreads() throws Exception {
        List<String> names = java.util.stream.IntStream.range(0, 12).mapToObj(i -> "app:" + i).toList();
        names.forEach(name -> image(null, name, 1));
        for (int round = 0; round < 5; round++) {
            Path layout = temp.resolve("layout-" + round);
            java.util.concurrent.ExecutorService threads = java.util.concurrent.Executors.newFixedThreadPool(4);
            try {
                for (var saved : threads.invokeAll(names.stream().map(name -> java.util.concurrent.Executors.callable(() -> images.saveLayout(List.of(name), layout))).toList())) {
                    saved.get();
                }
            } finally {
                threads.shutdownNow();
            }
            assertEquals(12, new ObjectMapper().readTree(layout.resolve("index.json").toFile()).path("manifests").size(), "round " + round);
        }
    }

    /** Docker's and skopeo's readers refuse an archive for a tag that is none. */
    @Test
    void whatWasPulledByDigestIsSavedWithoutATag() throws IOException {
        image(null, "base", 1);
        ImageRecord base = images.find("base").orElseThrow();
        String pinned = "docker.io/library/base@" + base.manifest();
        ImageStore store = ImageStore.open(temp.resolve("root/images"));
        store.add(base.named(List.of(pinned)));
        images.save(List.of("base"), temp.resolve("both.tar"));
        images.saveLayout(List.of("base"), temp.resolve("both"));
        store.change(records -> records.stream().map(r -> r.named(List.of(pinned))).toList());
        images.save(List.of(pinned), temp.resolve("pinned.tar"));
        assertEquals("[\"base:latest\"]", new ObjectMapper().readTree(sh("tar -xOf both.tar manifest.json")).path(0).path("RepoTags").toString());
        assertEquals("[]", new ObjectMapper().readTree(sh("tar -xOf pinned.tar manifest.json")).path(0).path("RepoTags").toString());
        sh("skopeo inspect docker-archive:both.tar:base:latest; skopeo inspect docker-archive:pinned.tar; skopeo inspect oci-archive:pinned.tar; skopeo inspect oci:both:latest");
        images.remove(pinned);
        images.load(temp.resolve("pinned.tar"));
        assertEquals(List.of(pinned), images.list().get(0).references());
    }

    /** As docker save -o: what is no file is not replaced by one, be it /dev/null, and a link stays one. */
    @Test
    void whereSavedImagesGo() throws IOException {
        image(null, "base", 1);
        sh("mkfifo pipe; ln -s pipe to-pipe; mkdir d; touch d/real; ln -s d/real link; ln -s /proc/self/fd/1 stdout");
        for (String place : List.of("pipe", "to-pipe", "d", "stdout")) {
            assertThrows(StorageProblem.class, () -> images.save(List.of("base"), temp.resolve(place)), place);
        }
        assertEquals("fifo", sh("stat -c %F pipe").strip());
        images.save(List.of("base"), temp.resolve("link"));
        assertTrue(Files.isSymbolicLink(temp.resolve("link")));
        sh("skopeo inspect docker-archive:d/real");
        Path longest = temp.resolve("x".repeat(251) + ".tar");
        images.save(List.of("base"), longest);
        assertEquals(1, images.load(longest).size());
        assertEquals("", sh("find . -name '*.part'"));
    }
}
