package dev.caisson.host.badinput;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import dev.caisson.ImageLimits;
import dev.caisson.ImageProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.host.EngineTest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** security.md row 78: what a layer may come to is the user's to say. */
@Timeout(120)
class ImageLimitsTest extends EngineTest {
    @Test
    void limitsOfOnesOwn() {
        Path tar = root.tar(directory.resolve("base.tar"));
        refused(tar, ImageLimits.DEFAULT.entries(2), "more than 2 entries");
        refused(tar, ImageLimits.DEFAULT.bytes(1000), "more than 1000");
        assertEquals("docker.io/library/base:1", engine.images().importRootfs(tar, "base:1").references().get(0), "the defaults let it in");
        assertThrows(InvalidSpec.class, () -> ImageLimits.DEFAULT.bytes(0));
        assertThrows(InvalidSpec.class, () -> ImageLimits.DEFAULT.entries(-1));
        assertThrows(InvalidSpec.class, () -> ImageLimits.DEFAULT.ratio(0));
    }

    private void refused(Path tar, ImageLimits limits, String why) {
        try (Engine strict = Engine.builder().root(directory.resolve("strict")).runDirectory(directory.resolve("strict-run")).imageLimits(limits).build()) {
            ImageProblem problem = assertThrows(ImageProblem.class, () -> strict.images().importRootfs(tar, "base:1"));
            assertTrue(problem.what().contains(why) && problem.remedy().contains("imageLimits"), problem::getMessage);
            assertEquals(List.of(), strict.images().list());
        }
    }
}
