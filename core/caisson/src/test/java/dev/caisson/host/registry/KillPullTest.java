package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import dev.caisson.testkit.crash.Progress;
import dev.caisson.testkit.crash.RandomKill;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Fault F4: {@code kill -9} at random instants of pulls into one store: the next pull completes, every blob verifies, nothing is left over. */
@Timeout(180)
class KillPullTest extends RegistryTest {
    private static final int PULLS = 50;
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Pulls and removes the image until it is killed. */
    public static final class Puller {
        public static void main(String[] arguments) {
            try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).registry(dev.caisson.RegistryAccess.of(arguments[2]).login("me", "pw")).build()) {
                Progress.mark("open");
                while (true) {
                    engine.images().pull(arguments[3]);
                    Progress.mark("pulled");
                    engine.images().remove(arguments[3]);
                }
            }
        }
    }

    @Test
    void atFiftyRandomInstants() throws IOException {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(KillPullTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        Random random = new Random(seed);
        String[] arguments = {directory.resolve("pulled").toString(), directory.resolve("pulled-run").toString(), registry.host(), tiny};
        int unfinished = 0;
        for (int i = 0; i < PULLS; i += 5) {
            // Five at a time into the same store.
            List<ScenarioProcess> jvms = Stream.generate(() -> ScenarioProcess.start(Puller.class, arguments)).limit(5).toList();
            try {
                for (ScenarioProcess jvm : jvms) {
                    jvm.awaitMark("open", LONG);
                    RandomKill.kill(jvm, RandomKill.Victim.JVM, Duration.ofMillis(300), random);
                    unfinished += jvm.marks().contains("pulled") ? 0 : 1;
                }
            } finally {
                jvms.forEach(ScenarioProcess::close);
            }
            Path root = directory.resolve("pulled");
            assertBlobsAreWhole(root.resolve("content/blobs/sha256"));
            try (Engine next = Engine.builder().root(root).runDirectory(directory.resolve("pulled-run")).registry(access()).build()) {
                next.images().pull(tiny);
                assertEquals(0, next.image(tiny).execute().exitCode());
                next.images().remove(tiny);
                assertEquals(List.of(), next.images().list());
            }
            for (String emptied : List.of("content/ingest", "content/blobs/sha256", "content/blobs/sha512")) {
                try (Stream<Path> left = Files.list(root.resolve(emptied))) {
                    assertEquals(List.of(), left.toList());
                }
            }
        }
        assertTrue(unfinished > 5, "only " + unfinished + " were killed before their first pull was done");
    }

    static void assertBlobsAreWhole(Path directory) throws IOException {
        try (Stream<Path> blobs = Files.list(directory)) {
            for (Path blob : blobs.toList()) {
                assertEquals(blob.getFileName().toString(), HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(blob))));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
