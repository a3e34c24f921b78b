package dev.caisson.core.content;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** All records of a store, as they are at one instant. */
public record ImageRecords(List<ImageRecord> images, List<IndexRecord> indexes) {
    static final ImageRecords NONE = new ImageRecords(List.of(), List.of());

    public ImageRecords {
        images = List.copyOf(images);
        indexes = List.copyOf(indexes);
    }

    /** The index of a normalised name. */
    public Optional<IndexRecord> index(String reference) {
        return indexes.stream().filter(i -> i.references().contains(reference)).findFirst();
    }

    /** With other images. A name that went to an image outside of an index, or away from all images, is the index's no more. */
    ImageRecords images(UnaryOperator<List<ImageRecord>> change) {
        List<ImageRecord> after = change.apply(images);
        Set<String> had = new HashSet<>();
        images.forEach(i -> had.addAll(i.references()));
        return new ImageRecords(after, named(index -> index.references().stream().filter(name -> after.stream().filter(i -> i.references().contains(name)).findFirst()
                .map(i -> index.has(i.manifest())).orElse(!had.contains(name))).toList()));
    }

    /** Without a name of an index that no image has. */
    ImageRecords without(String reference) {
        return new ImageRecords(images, named(index -> index.references().stream().filter(n -> !n.equals(reference)).toList()));
    }

    /** With an index under its names, which others lose. */
    ImageRecords with(IndexRecord fresh) {
        List<IndexRecord> all = new ArrayList<>();
        List<String> names = new ArrayList<>(fresh.references());
        for (IndexRecord index : named(i -> i.references().stream().filter(n -> !fresh.references().contains(n)).toList())) {
            if (index.index().equals(fresh.index())) {
                names.addAll(index.references());
            } else {
                all.add(index);
            }
        }
        all.add(fresh.named(names));
        List<ImageRecord> others = images.stream().map(i -> fresh.has(i.manifest()) ? i : i.named(i.references().stream().filter(n -> !fresh.references().contains(n)).toList())).toList();
        return new ImageRecords(others, all);
    }

    private interface Names {
        List<String> of(IndexRecord index);
    }

    private List<IndexRecord> named(Names names) {
        return indexes.stream().map(i -> i.named(names.of(i))).filter(i -> !i.references().isEmpty()).toList();
    }
}
