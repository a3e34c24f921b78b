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

/** Removes content that no image refers to; to be called under {@link ImageStore#collect()}. */
final class ImageGarbage {
    /** Indexes may name indexes; a pull refuses deeper ones. */
    static final int DEPTH = 6;

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
    List<Digest> blobsOf(IndexRecord record) {
        List<Digest> blobs = new ArrayList<>();
        below(record.index(), blobs, 0);
        return blobs;
    }

    private void below(Digest document, List<Digest> blobs, int depth) {
        blobs.add(document);
        if (depth < DEPTH && content.has(document)) {
            for (Descriptor named : ManifestParser.references(content.read(document, ManifestParser.LIMIT), "manifest " + document)) {
                if (MediaTypes.isIndex(named.mediaType()) || MediaTypes.isManifest(named.mediaType())) {
                    below(named.digest(), blobs, depth + 1);
                } else {
                    blobs.add(named.digest());
                }
            }
        }
    }

    /** Removes all blobs that no image needs, and those of the layers (lowest first). */
    void collect(List<LayerId> layers) {
        Kept kept = kept();
        content.blobs().stream().filter(b -> !kept.blobs.contains(b)).forEach(content::delete);
        List<LayerId> downwards = new ArrayList<>(layers);
        Collections.reverse(downwards);
        // From the top: the driver refuses to remove what something stands on, and says what.
        downwards.stream().filter(l -> !kept.layers.contains(l) && driver.has(l)).forEach(driver::remove);
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
        Kept kept = new Kept(new HashSet<>(), new HashSet<>());
        ImageRecords records = store.records();
        records.indexes().forEach(index -> kept.blobs.addAll(blobsOf(index)));
        for (ImageRecord record : records.images()) {
            kept.blobs.addAll(blobsOf(record));
            kept.layers.addAll(record.layers());
        }
        return kept;
    }
}
