package dev.caisson.core.image;

import dev.caisson.StorageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageRecords;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Removes content that no image refers to and nobody has a lease of; to be called under {@link ImageStore#collect()}. */
final class ImageGarbage {
    private final ContentStore content;
    private final ImageStore store;
    private final StorageDriver driver;

    ImageGarbage(ContentStore content, ImageStore store, StorageDriver driver) {
        this.content = content;
        this.store = store;
        this.driver = driver;
    }

    /** Manifest, configuration and layers of an image. */
    List<Digest> blobsOf(ImageRecord record) {
        List<Digest> blobs = new ArrayList<>(List.of(record.manifest(), record.config()));
        if (content.has(record.manifest())
                && ManifestParser.parse(content.read(record.manifest(), ManifestParser.LIMIT), "", "manifest " + record.manifest())
                        instanceof ImageDocument.Manifest manifest) {
            manifest.layers().forEach(l -> blobs.add(l.digest()));
        }
        return blobs;
    }

    /** An index, and all that it names. */
    Set<Digest> blobsOf(IndexRecord record) {
        return DocumentTree.of(content, record.index()).all();
    }

    /** Removes all blobs that no image needs, and those of the layers (lowest first). @return bytes of the blobs */
    long collect(List<LayerId> layers) {
        Kept kept = kept();
        long freed = 0;
        for (Digest blob : content.blobs()) {
            if (!kept.blobs.contains(blob)) {
                freed += content.size(blob);
                content.delete(blob);
            }
        }
        List<LayerId> downwards = new ArrayList<>(layers);
        Collections.reverse(downwards);
        // From the top: the driver refuses to remove what something stands on, and says what.
        downwards.stream().filter(l -> !kept.layers.contains(l) && driver.has(l)).forEach(driver::remove);
        return freed;
    }

    /** Removes all blobs and layers that no image needs. */
    void collectAll() {
        Kept kept = kept();
        content.blobs().stream().filter(b -> !kept.blobs.contains(b)).forEach(content::delete);
        Deque<LayerId> unneeded = new ArrayDeque<>(driver.layers());
        unneeded.removeIf(kept.layers::contains);
        StorageProblem refused = null;
        // Nobody says what stands on what; in each round at least the uppermost can go.
        for (int before = Integer.MAX_VALUE; !unneeded.isEmpty() && unneeded.size() < before;) {
            before = unneeded.size();
            for (int i = before; i > 0; i--) {
                LayerId layer = unneeded.remove();
                try {
                    driver.remove(layer);
                } catch (StorageProblem e) {
                    refused = e;
                    unneeded.add(layer);
                }
            }
        }
        if (refused != null && !unneeded.isEmpty()) {
            throw refused;
        }
    }

    private record Kept(Set<Digest> blobs, Set<LayerId> layers) {}

    private Kept kept() {
        Kept kept = new Kept(new HashSet<>(content.leases().all()), new HashSet<>());
        ImageRecords records = store.records();
        records.indexes().forEach(index -> kept.blobs.addAll(blobsOf(index)));
        for (ImageRecord record : records.images()) {
            kept.blobs.addAll(blobsOf(record));
            kept.layers.addAll(record.layers());
        }
        return kept;
    }
}
