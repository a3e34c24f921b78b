package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.LaunchPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Row 13: frames and plans of garbage against builds with AddressSanitizer and UBSan. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardHostileTest {
    private static final int FRAMES = Integer.getInteger("caisson.fuzz.frames", 10_000);
    private static final long SEED = Long.getLong("caisson.fuzz.seed", 1);

    @TempDir
    Path out;

    private Path make(String target) throws Exception {
        Path source = Path.of("src/main/c").toAbsolutePath();
        Assumptions.assumeTrue(Files.isDirectory(source), "runs from the module's directory");
        Path log = out.resolve("make.log");
        Process make = new ProcessBuilder("make", "--quiet", "OUT=" + out, target).directory(source.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        assertEquals(0, make.waitFor(), () -> {
            try {
                return Files.readString(log);
            } catch (java.io.IOException e) {
                return e.toString();
            }
        });
        try (var dirs = Files.list(out)) {
            return dirs.filter(Files::isDirectory).findFirst().orElseThrow();
        }
    }

    @Test
    void aMillionMutatedPlansNeverReadBeyondTheirEnd() throws Exception {
        make("fuzz");
    }

    /** As many frames as {@code -Dcaisson.fuzz.frames} says, from {@code -Dcaisson.fuzz.seed}: garbage, headers, plans mutated from the corpus, and rests of them. */
    @Test
    @Timeout(value = 4, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void hostileFramesAreRefusedAndTheNextLaunchWorks() throws Exception {
        try (GuardUnderTest guard = new GuardUnderTest(make("asan").resolve("caisson-guard-asan")); FrameFuzzer fuzzer = new FrameFuzzer(guard, SEED)) {
            int before = guard.descriptors();
            for (int i = 0; i < FRAMES; i++) {
                fuzzer.frame();
            }
            fuzzer.settle();
            System.out.println(fuzzer + " from seed " + SEED);
            assertTrue(fuzzer.reachedEverything(), fuzzer::toString);
            guard.send(GuardUnderTest.SLOTS, 0, LaunchPlan.SLOT_ENGINE, 64);
            assertEquals(0, HostTree.run(guard, HostTree.tree().exec("/bin/true")).only(Answer.Type.EXITED).exit());
            assertTrue(guard.descriptors() <= before, before + " descriptors before, now " + guard.descriptors());
        }
    }
}
