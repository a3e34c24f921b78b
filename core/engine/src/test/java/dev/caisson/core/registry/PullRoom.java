package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.RegistryAccess;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.PlainLayers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stores to pull into, and who pulls: impatient, so that tests need not wait. */
final class PullRoom implements AutoCloseable {
    static final RetryPolicy QUICK = new RetryPolicy(4, Duration.ofMillis(10), Duration.ofMillis(400));
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Path directory;
    final ContentStore content;
    final PlainLayers driver;
    final LocalImages images;
    /** For tests of those who make us wait. */
    Duration patience = PATIENCE;
    final List<TransferProgress> progress = new CopyOnWriteArrayList<>();

    PullRoom(Path directory) {
        this.directory = directory;
        try {
            content = ContentStore.open(directory.resolve("content"));
            driver = new PlainLayers(directory.resolve("layers"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        images = new LocalImages(content, ImageStore.open(directory.resolve("images")), driver, PlainLayers.mounter(), System.getProperty("os.arch"));
    }

    ImageRecord pull(String reference, RegistryAccess... access) {
        return pull(reference, Map.of(), access);
    }

    ImageRecord pull(String reference, Map<String, String> environment, RegistryAccess... access) {
        try (Registries registries = new Registries(List.of(access), environment, QUICK, patience)) {
            return new ImagePull(registries, images).run(ImageReference.parse(reference), progress::add);
        }
    }

    Digest push(String reference, RegistryAccess... access) {
        try (Registries registries = new Registries(List.of(access), Map.of(), QUICK, patience)) {
            return new ImagePush(registries, images).run(ImageReference.parse(reference), progress::add);
        }
    }

    /** The push fails and says why. */
    ImageProblem unpushed(String why, String reference, RegistryAccess... access) {
        ImageProblem problem = assertThrows(ImageProblem.class, () -> push(reference, access));
        assertTrue(problem.getMessage().contains(why), problem.getMessage());
        assertEquals(dev.caisson.Stage.PUSH, problem.stage());
        return problem;
    }

    /** The pull fails, says why, and leaves nothing. */
    ImageProblem refused(String why, String reference, RegistryAccess... access) {
        return refused(why, reference, Map.of(), access);
    }

    ImageProblem refused(String why, String reference, Map<String, String> environment, RegistryAccess... access) {
        Map<String, Integer> before = sizes();
        ImageProblem problem = assertThrows(ImageProblem.class, () -> pull(reference, environment, access));
        assertTrue(problem.getMessage().contains(why), problem.getMessage());
        assertEquals(before, sizes(), "what is left of a refused pull");
        assertEquals("", PlainLayers.output("sh", "-ec", "find " + directory + " -name '*.draft' -o -path '*/ingest/*'"));
        return problem;
    }

    private Map<String, Integer> sizes() {
        return Map.of("blobs", content.blobs().size(), "layers", driver.layers().size(), "images", images.list().size());
    }

    @Override
    public void close() {
        content.close();
    }
}
