package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageRecords;
import dev.caisson.core.content.ImageStore;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Removes names and images; what nobody else needs goes with them. To be called under {@link ImageStore#collect()}. */
final class ImageRemoval {
    private final ImageStore store;
    private final StorageDriver driver;
    private final ImageGarbage garbage;

    ImageRemoval(ImageStore store, StorageDriver driver, ImageGarbage garbage) {
        this.store = store;
        this.driver = driver;
        this.garbage = garbage;
    }

    /**
     * See {@link LocalImages#remove(String, Predicate)}.
     *
     * @param missing the error if there is no such image
     */
    void remove(String reference, Predicate<LayerId> inUse, Function<String, ImageProblem> missing) {
        ImageRecords before = store.records();
        Optional<ImageRecord> found = ImageNames.find(before.images(), reference);
        List<LayerId> layers = List.of();
        if (found.isEmpty()) {
            String name = ImageNames.nameOf(reference);
            List<String> left = new ArrayList<>(before.index(name).orElseThrow(() -> missing.apply(reference)).references());
            left.remove(name);
            store.removeIndex(name);
            if (ImageNames.onlyDigestsOf(name, left)) {
                left.forEach(store::removeIndex);
            }
        } else {
            ImageRecord record = found.get();
            List<String> left = new ArrayList<>(record.references());
            boolean byName = left.removeIf(ImageNames.nameOf(reference)::equals);
            if (byName && ImageNames.onlyDigestsOf(ImageNames.nameOf(reference), left)) {
                left.clear(); // as docker: who removes the last tag of a repository removes its digests
            }
            if (byName && !left.isEmpty()) {
                store.change(records -> records.stream().map(r -> r.manifest().equals(record.manifest()) ? r.named(left) : r).toList());
            } else {
                requireUnused(reference, record, inUse);
                layers = record.layers();
                store.change(records -> records.stream().filter(r -> !r.manifest().equals(record.manifest())).toList());
            }
        }
        garbage.collect(layers);
    }

    private void requireUnused(String reference, ImageRecord record, Predicate<LayerId> inUse) {
        for (LayerId layer : record.layers()) {
            if (inUse.test(layer) || driver.user(layer).isPresent()) {
                String who = driver.user(layer).map(id -> "container " + id).orElse("a container");
                throw new ImageProblem(Stage.RESOLVE, "removing image " + reference + ": " + who + " uses its layer " + layer, "remove the container first");
            }
        }
    }
}
