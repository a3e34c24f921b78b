package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.RegistryAccess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mirrors that are none: as with docker, the registry itself is asked then. */
class MirrorsTest {
    private static final StubImage IMAGE = StubImage.of(1000);

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;
    private StubRegistry mirror;
    private RegistryAccess access;

    @BeforeEach
    void open() {
        room = new PullRoom(temp.resolve("room"));
        registry = new StubRegistry(IMAGE);
        mirror = new StubRegistry();
        access = RegistryAccess.of(registry.host()).mirror("http://" + mirror.host());
    }

    @AfterEach
    void close() {
        registry.close();
        mirror.close();
        room.close();
    }

    /** A page to log in at, say, that is sent for whatever is asked. */
    @Test
    void onesThatSendSomethingElseForAManifest() {
        for (String other : List.of("<html>log in</html>", "", "[]", "{\"a\":1,\"a\":2}")) {
            mirror.on(StubRegistry.MANIFEST, StubRegistry.bytes("text/html", other.getBytes(StandardCharsets.UTF_8)));
            int before = mirror.asked.size();
            room.pull(registry.name(), access);
            assertTrue(mirror.asked.size() > before, "the control: it was asked");
            room.images.remove(registry.name());
        }
        assertEquals(0, room.content.blobs().size());
    }

    /** The registry's own nonsense is told. */
    @Test
    void ifTheRegistryDoesTooThatIsTheFailure() {
        mirror.on(StubRegistry.MANIFEST, StubRegistry.status(404));
        registry.on(StubRegistry.MANIFEST, StubRegistry.bytes("text/html", "<html>".getBytes(StandardCharsets.UTF_8)));
        room.refused("is no proper JSON", registry.name(), access);
    }
}
