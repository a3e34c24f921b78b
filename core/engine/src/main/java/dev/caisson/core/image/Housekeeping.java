package dev.caisson.core.image;

import dev.caisson.ImageSpace;
import dev.caisson.ImageUsage;
import dev.caisson.Pruned;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageRecords;
import dev.caisson.core.content.ImageStore;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/** What images take on disk, and removing many of them. */
final class Housekeeping {
    private final ContentStore content;
    private final ImageStore store;
    private final StorageDriver driver;
    private final ImageGarbage garbage;

    Housekeeping(ContentStore content, ImageStore store, StorageDriver driver, ImageGarbage garbage) {
        this.content = content;
        this.store = store;
        this.driver = driver;
        this.garbage = garbage;
    }

    /** To be called under {@link ImageStore#collect()}. */
    Pruned prune(Predicate<ImageRecord> wanted, Predicate<ImageRecord> used) {
        List<ImageRecord> gone = store.list().stream().filter(wanted).filter(used.negate()).toList();
        Footprint before = Footprint.of(this, store.records());
        Set<Digest> manifests = new HashSet<>(gone.stream().map(ImageRecord::manifest).toList());
        store.change(records -> records.stream().filter(r -> !manifests.contains(r.manifest())).toList());
        Footprint after = Footprint.of(this, store.records());
        garbage.collect(fromTheLowest(gone));
        content.sweepParts(true);
        List<String> names = new ArrayList<>();
        gone.forEach(record -> names.addAll(record.references().isEmpty() ? List.of(record.config().toString()) : record.references()));
        return new Pruned(names, before.bytes() - after.bytes());
    }

    /** Chains share their lower parts: what stands on a layer is at a greater depth in every chain. */
    private static List<LayerId> fromTheLowest(List<ImageRecord> images) {
        Map<LayerId, Integer> depths = new HashMap<>();
        for (ImageRecord image : images) {
            for (int depth = 0; depth < image.layers().size(); depth++) {
                depths.put(image.layers().get(depth), depth);
            }
        }
        return depths.keySet().stream().sorted(Comparator.comparing(depths::get)).toList();
    }

    /** To be called under {@link ImageStore#use()}. @param containers how many of this engine stand on a layer */
    ImageUsage usage(Predicate<ImageRecord> used, ToIntFunction<LayerId> containers) {
        ImageRecords records = store.records();
        List<ImageRecord> all = records.images();
        List<ImageRecord> inUse = all.stream().filter(used).toList();
        Footprint whole = Footprint.of(this, records);
        List<ImageSpace> each = new ImageSpaces(all, garbage, content, driver).all(containers);
        return new ImageUsage(all.size(), inUse.size(), whole.blobs(), whole.layers(), whole.bytes() - Footprint.of(this, new ImageRecords(inUse, List.of())).bytes(), each,
                ImageSpaces.json(whole.layers(), each));
    }

    /** What some images need together. */
    private record Footprint(long blobs, long layers) {
        static Footprint of(Housekeeping house, ImageRecords records) {
            Set<Digest> blobs = new HashSet<>();
            Set<LayerId> layers = new HashSet<>();
            records.indexes().forEach(index -> blobs.addAll(house.garbage.blobsOf(index)));
            for (ImageRecord image : records.images()) {
                blobs.addAll(house.garbage.blobsOf(image));
                layers.addAll(image.layers());
            }
            return new Footprint(blobs.stream().filter(house.content::has).mapToLong(house.content::size).sum(),
                    layers.stream().filter(house.driver::has).mapToLong(layer -> house.driver.usage(layer).bytes()).sum());
        }

        long bytes() {
            return blobs + layers;
        }
    }
}
