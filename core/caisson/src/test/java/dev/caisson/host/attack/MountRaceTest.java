package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row 26 (CVE-2021-30465): one container exchanges a directory and a link while the engine mounts below it for another. 2,000 starts. */
@Timeout(240)
class MountRaceTest extends EngineTest {
    private static final int STARTS = 1000;
    /** The directory itself, under the name it has when the container looks. */
    private static final Set<String> MEANT = Set.of("/race/t/x", "/race/u/x", "refused");

    @Test
    void aLinkToTheHostIsNeverFollowedOut() throws Exception {
        Canary canary = Canary.plant(directory.resolve("canary"));
        Set<String> ends = starts(canary.path().toString());
        assertFalse(Files.exists(canary.path().resolve("x"), LinkOption.NOFOLLOW_LINKS), "a mount point was made on the host");
        canary.assertUntouched();
        // A link is resolved below the container's root, where its text names another place.
        ends.remove(canary.path() + "/x");
        assertMeant(ends);
    }

    @Test
    void aLinkIntoProcIsNeverMountedOver() throws Exception {
        assertMeant(starts("/proc/self"));
    }

    private static void assertMeant(Set<String> ends) {
        assertTrue(MEANT.containsAll(ends), ends::toString);
        assertTrue(ends.size() > 1, "the race was one");
    }

    /** Where the second mount came to lie, in many starts. */
    private Set<String> starts(String link) throws IOException {
        Path shared = hostDirectory("race");
        Files.createDirectories(shared.resolve("t"));
        Files.createSymbolicLink(shared.resolve("u"), Path.of(link));
        Path payload = hostDirectory("payload-of-the-race");
        Set<String> ends = new TreeSet<>();
        try (Container swapper = tiny().bind(shared, "/race").command(observer("exchange", "/race/t", "/race/u")).logDriver("none", Map.of()).run()) {
            for (int i = 0; i < STARTS; i++) {
                try {
                    Observation seen = observe(tiny().bind(shared, "/race").bind(payload, "/race/t/x"), "mounts");
                    seen.below("mount.").values().stream().filter(m -> m.split(" ")[3].endsWith(payload.getFileName().toString())).forEach(m -> ends.add(m.split(" ")[4]));
                } catch (ContainerException refused) {
                    ends.add("refused");
                }
            }
            assertEquals(Container.State.RUNNING, swapper.state(), () -> "the race is one to the end: " + swapper.logs());
        }
        return ends;
    }
}
