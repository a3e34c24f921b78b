package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.Descriptor;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DownloadsTest {
    /** The first may fail while the last is not even waiting for its thread. */
    @Test
    void whoBeginsThemIsNotToldOfOneThatFails(@TempDir Path directory) {
        List<Descriptor> many = IntStream.range(0, 100).mapToObj(i -> Descriptor.of("a", Digest.of(new byte[] {(byte) i}), 1)).toList();
        try (ContentStore store = ContentStore.open(directory.resolve("store"))) {
            for (int round = 0; round < 50; round++) {
                try (Downloads downloads = new Downloads(null, store, (blob, arrival) -> {
                    throw new IllegalStateException("the reason");
                })) {
                    downloads.begin(many);
                    assertEquals("the reason", assertThrows(IllegalStateException.class, downloads::awaitAll).getMessage());
                }
            }
        }
    }
}
