package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.Platform;
import dev.caisson.core.image.PlainLayers;
import dev.caisson.testkit.registry.OwnRegistry;
import dev.caisson.testkit.registry.RealRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images for several platforms, made here, pushed, pulled whole and saved, with a real registry and skopeo in between. */
@Tag("host")
class PlatformsTest {
    private static final String OTHER = Platform.host().architecture().equals("arm64") ? "amd64" : "arm64";

    @TempDir
    Path temp;
    private PullRoom room;
    private RealRegistry registry;
    private String name;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        registry = RealRegistry.plain(temp.resolve("registry"));
        name = registry.host() + "/team/app:v1";
        sh("for a in here there; do mkdir -p $a/etc; echo $a > $a/etc/a; tar -C $a -cf $a.tar .; done");
    }

    @AfterEach
    void close() {
        registry.close();
        room.close();
    }

    private String sh(String script) {
        return PlainLayers.output("sh", "-ec", "cd " + temp + "; " + script);
    }

    /** An image for this host and one for another, and the index of both. */
    private IndexRecord both() {
        room.images.importRootfs(temp.resolve("here.tar"), "here:1");
        new LocalImages(room.content, ImageStore.open(room.directory.resolve("images")), room.driver, PlainLayers.mounter(), OTHER).importRootfs(temp.resolve("there.tar"), "there:1");
        return room.images.indexes().create(name, List.of("here:1", "there:1"));
    }

    private IndexRecord pullAll(PullRoom into, String reference) {
        try (Registries registries = new Registries(List.of(), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
            return new IndexPull(registries, into.images).run(ImageReference.parse(reference), into.progress::add);
        }
    }

    private static void empty(PullRoom all) {
        assertEquals(List.of(), all.images.list());
        assertEquals(List.of(), all.images.indexes().list());
        assertEquals(List.of(), all.content.blobs());
        assertEquals(List.of(), all.driver.layers());
    }

    @Test
    void madePushedPulledWholeAndPushedOn() {
        IndexRecord made = both();
        assertEquals(List.of("linux/" + Platform.host().architecture(), "linux/" + OTHER), made.images().stream().map(IndexRecord.Member::platform).toList());
        assertEquals(made.index(), room.push(name));
        assertEquals(made.index().toString(), "sha256:" + sh("skopeo inspect --raw --tls-verify=false docker://" + name + " | sha256sum").substring(0, 64));
        sh("skopeo copy -q --all --src-tls-verify=false docker://" + name + " dir:all"); // which reads every blob of both
        assertEquals("here", sh("skopeo copy -q --src-tls-verify=false docker://" + name + " oci:one:x; umoci unpack --image one:x b; cat b/rootfs/etc/a").strip());
        try (PullRoom elsewhere = new PullRoom(temp.resolve("elsewhere"))) {
            IndexRecord pulled = pullAll(elsewhere, name);
            assertEquals(made, pulled);
            ImageRecord host = elsewhere.images.find(name).orElseThrow();
            assertEquals(made.images().get(0).manifest(), host.manifest(), "the one for this host is unpacked, and has the name");
            assertEquals("here", sh("cat " + elsewhere.driver.tree(elsewhere.images.resolve(name).top()) + "/etc/a").strip());
            assertEquals(1, elsewhere.driver.layers().size());
            elsewhere.images.tag(name, "docker.io/library/kept:1");
            // From here to a second registry.
            try (OwnRegistry second = OwnRegistry.plain(temp.resolve("second"))) {
                String copy = second.host() + "/copy:1";
                elsewhere.images.save(List.of(name), temp.resolve("saved.tar"));
                assertEquals(made, new LayoutCheck().index(temp.resolve("saved.tar")));
                pullAll(elsewhere, name);
                sh("skopeo copy -q --all --preserve-digests --dest-tls-verify=false oci-archive:saved.tar:v1 docker://" + copy);
                assertEquals(made.index(), pullAll(elsewhere, copy).index());
            }
            elsewhere.images.remove(name);
            assertEquals(1, elsewhere.images.indexes().list().size(), "the second name holds it");
            elsewhere.images.remove("docker.io/library/kept:1");
            elsewhere.images.remove(elsewhere.images.list().get(0).config().toString());
            empty(elsewhere);
        }
    }

    /** What a saved index is, read by another room. */
    private final class LayoutCheck {
        IndexRecord index(Path archive) {
            try (PullRoom reader = new PullRoom(temp.resolve("reader")); OwnRegistry third = OwnRegistry.plain(temp.resolve("third"))) {
                assertEquals("here", sh("cat " + reader.driver.tree(reader.images.resolve(reader.images.load(archive).get(0).config().toString()).top()) + "/etc/a").strip());
                sh("skopeo copy -q --all --preserve-digests --dest-tls-verify=false oci-archive:" + archive + ":v1 docker://" + third.host() + "/team/app:v1");
                return pullAll(reader, third.host() + "/team/app:v1").named(List.of(name));
            }
        }
    }

    @Test
    void anotherPlatformAlone() {
        room.push(both().references().get(0));
        try (PullRoom elsewhere = new PullRoom(temp.resolve("elsewhere")); Registries registries = new Registries(List.of(), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
            ImagePull pull = new ImagePull(registries, elsewhere.images);
            ImageRecord foreign = pull.run(ImageReference.parse(name), ImageReference.parse(name), OptionalLong.empty(), Platform.parse("linux/" + OTHER), p -> { });
            assertEquals("linux/" + OTHER, foreign.platform());
            ImageProblem none = assertThrows(ImageProblem.class, () -> pull.run(ImageReference.parse(name), ImageReference.parse(name), OptionalLong.empty(), Platform.parse("linux/s390x"), p -> { }));
            assertTrue(none.getMessage().contains("linux/" + OTHER), none.getMessage());
            elsewhere.images.remove(name);
            empty(elsewhere);
        }
    }

    @Test
    void namesGoWithTheirIndex() {
        IndexRecord index = both();
        assertEquals(index, room.images.indexes().find(name).orElseThrow());
        room.images.remove("there:1");
        assertEquals(1, room.images.list().size());
        room.images.save(List.of(name), temp.resolve("still.tar")); // the index holds what it names
        room.images.importRootfs(temp.resolve("there.tar"), name);
        assertEquals(List.of(), room.images.indexes().list(), "the name is another image's now");
        room.images.remove(name);
        room.images.remove("here:1");
        empty(room);
        IndexRecord again = both();
        room.images.remove("here:1");
        room.images.remove("there:1");
        assertEquals(again, room.images.indexes().list().get(0));
        assertEquals(2, room.images.usage(l -> 0).images() + 1);
        room.images.prune(dev.caisson.ImageFilter.all(), l -> false);
        empty(room);
    }

    @Test
    void whatCannotBeAnIndex() {
        both();
        for (List<String> members : List.of(List.<String>of(), List.of("here:1", "here:1"), List.of("nobody:1"))) {
            assertThrows(ImageProblem.class, () -> room.images.indexes().create("x:1", members), members.toString());
        }
        room.images.tag("here:1", registry.host() + "/single:1");
        room.push(registry.host() + "/single:1");
        ImageProblem single = assertThrows(ImageProblem.class, () -> pullAll(room, registry.host() + "/single:1"));
        assertTrue(single.getMessage().contains("one platform"), single.getMessage());
        // Without an image for this host there is nothing to run, and an error that says what there is.
        room.images.indexes().create("foreign:1", List.of("there:1"));
        ImageProblem foreign = assertThrows(ImageProblem.class, () -> room.images.resolve("foreign:1"));
        assertTrue(foreign.getMessage().contains("it has linux/" + OTHER), foreign.getMessage());
        room.images.remove("foreign:1");
        assertEquals(1, room.images.indexes().list().size());
    }
}
