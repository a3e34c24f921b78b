package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import dev.caisson.RegistryAccess;
import dev.caisson.testkit.crash.Progress;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.registry.FaultyProxy;
import dev.caisson.testkit.registry.FaultyProxy.Asked;
import dev.caisson.testkit.registry.FaultyProxy.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code kill -9} of a JVM in the middle of a blob: what it had is gone on with by the next engine, and no byte of it fetched twice, which the way to the registry counts. */
@Timeout(180)
class KilledPullGoesOnTest extends RegistryTest {
    private static final long HAD = 4_000_000;
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Pulls until it is killed. */
    public static final class Puller {
        public static void main(String[] arguments) {
            try (Engine engine = open(Path.of(arguments[0]), arguments[1])) {
                Progress.mark("open");
                engine.images().pull(arguments[2]);
                Progress.mark("pulled");
            }
        }
    }

    private static Engine open(Path store, String registry) {
        return Engine.builder().root(store).runDirectory(store.resolveSibling("killed-run")).registry(RegistryAccess.of(registry).login("me", "pw")).build();
    }

    /** Of the image's one layer, as the registry has it. */
    private Path layer() throws IOException {
        engine.images().pull(registry.host() + "/team/tiny:big");
        try (Stream<Path> blobs = Files.list(directory.resolve("engine/content/blobs/sha256"))) {
            return blobs.max(Comparator.comparingLong(b -> b.toFile().length())).orElseThrow();
        }
    }

    @Test
    void theNextPullFetchesTheRest() throws Exception {
        byte[] content = new byte[6_000_000];
        new Random(1).nextBytes(content);
        Files.write(root.path().resolve("big"), content);
        push("big", "CMD [\"" + dev.caisson.testkit.rootfs.TinyRootfs.TRUE + "\"]");
        long size = Files.size(layer());
        String blob = "sha256:" + layer().getFileName();
        Path store = directory.resolve("killed");
        Path part = store.resolve("content/parts/" + blob.replace(':', '-'));
        CountDownLatch gate = new CountDownLatch(1);
        try (FaultyProxy proxy = new FaultyProxy(registry.host())) {
            String name = proxy.host() + "/team/tiny:big";
            proxy.next(blob, Fault.held(HAD, gate));
            try (ScenarioProcess jvm = ScenarioProcess.start(Puller.class, store.toString(), proxy.host(), name)) {
                jvm.awaitMark("open", LONG);
                eventually("all that was sent has arrived", LONG, () -> part.toFile().length() == HAD);
                jvm.jvm().destroyForcibly();
                ScenarioProcess.Outcome end = jvm.waitFor(LONG);
                assertNotEquals(0, end.exitStatus(), end.output());
                assertEquals(List.of("open"), end.marks());
            } finally {
                gate.countDown();
            }
            try (Engine next = open(store, proxy.host())) {
                next.images().pull(name);
                List<Asked> asked = proxy.asked(blob);
                assertEquals(List.of("", "bytes=" + HAD + "-"), asked.stream().map(Asked::range).toList());
                assertEquals(206, asked.get(1).status());
                assertEquals(size - HAD, asked.get(1).sent().get(), "the rest, and no byte more");
                assertEquals(List.of(), next.images().verify(name));
                assertEquals(0, next.image(name).execute().exitCode());
            }
        }
        KillPullTest.assertBlobsAreWhole(store.resolve("content/blobs/sha256"));
        assertTrue(Files.exists(store.resolve("content/blobs/sha256").resolve(blob.substring("sha256:".length()))));
        try (Stream<Path> left = Files.list(part.getParent())) {
            assertEquals(List.of(), left.toList(), "a part that became a blob is none any more");
        }
    }
}
