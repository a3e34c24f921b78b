package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.Engine;
import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Engines push to our registry and run what they pull from it. */
@Tag("host")
@RequiresRoot
@LeakChecked
class OwnClientTest extends ServedTest {
    /** On the real disk: overlayfs cannot do everything on a tmpfs. */
    private Path disk;

    @BeforeAll
    static void warmUp() throws IOException {
        Path scratch = Files.createTempDirectory(Path.of("/var/tmp"), "caisson-test-");
        Engine.builder().root(scratch.resolve("engine")).runDirectory(scratch.resolve("run")).build().close();
        Shells.run("rm -rf " + scratch);
    }

    @BeforeEach
    void make() throws IOException {
        disk = Files.createTempDirectory(Path.of("/var/tmp"), "caisson-test-");
    }

    @AfterEach
    void remove() {
        Shells.run("rm -rf " + disk);
    }

    private Engine engine(String name, RegistryAccess access) {
        return Engine.builder().root(disk.resolve(name)).runDirectory(disk.resolve(name + "-run")).registry(access).build();
    }

    @ParameterizedTest
    @EnumSource
    void pushedPulledAndRun(Access access) {
        serve(b -> access.settings(b, temp));
        String name = server.host() + "/team/tiny:v1";
        String digest;
        try (Engine engine = engine("here", access.of(server.host(), temp))) {
            engine.images().importRootfs(TinyRootfs.create(disk.resolve("rootfs")).tar(disk.resolve("tiny.tar")), name, "CMD [\"/bin/observer\", \"echo\", \"hello\"]");
            digest = engine.images().push(name);
            engine.images().tag(name, server.host() + "/other/tiny:v2");
            assertEquals(digest, engine.images().push(server.host() + "/other/tiny:v2"), "its layer was mounted");
            assertEquals(List.of("v1"), engine.registry(server.host()).tags("team/tiny"));
        }
        try (Engine elsewhere = engine("there", access.of(server.host(), temp))) {
            for (String reference : List.of(name, server.host() + "/other/tiny@" + digest)) {
                elsewhere.images().pull(reference);
                assertEquals("hello\n", elsewhere.image(reference).execute().stdout());
            }
        }
        if (access.users()) {
            try (Engine stranger = engine("stranger", access.of(server.host(), temp).login("me", "no"))) {
                assertThrows(ImageProblem.class, () -> stranger.images().pull(name));
            }
        }
    }
}
