package dev.caisson.core.image;

import dev.caisson.StorageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.spi.storage.LayerId;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one operation has added to the stores, so that it can be taken back if the operation fails. */
final class Added {
    final Set<Digest> blobs = new LinkedHashSet<>();
    final Set<LayerId> layers = new LinkedHashSet<>();
    private final ContentStore content;

    Added(ContentStore content) {
        this.content = content;
    }

    /** Stores a blob that must be what its descriptor says; one that is here already is not read. */
    void blob(Descriptor descriptor, java.util.function.Supplier<InputStream> source) {
        if (content.has(descriptor.digest())) {
            if (content.size(descriptor.digest()) != descriptor.size()) {
                throw new dev.caisson.ImageProblem(Stage.PULL,
                        "blob " + descriptor.digest() + " has " + content.size(descriptor.digest()) + " bytes, its descriptor says " + descriptor.size(), "");
            }
            return;
        }
        blob(source, descriptor.digest(), descriptor.size());
    }

    /** Stores a blob whose digest is found out. */
    Digest blob(java.util.function.Supplier<InputStream> source, @Nullable Digest expected, long size) {
        try (InputStream in = source.get()) {
            Digest digest = content.put(in, expected, size);
            blobs.add(digest);
            return digest;
        } catch (IOException e) {
            throw new StorageProblem(Stage.PULL, "reading a blob: " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    Digest blob(byte[] document) {
        Digest digest = content.put(document);
        blobs.add(digest);
        return digest;
    }
}
