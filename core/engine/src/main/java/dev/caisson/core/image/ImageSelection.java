package dev.caisson.core.image;

import dev.caisson.ImageFilter;
import dev.caisson.InvalidSpec;
import dev.caisson.core.content.ImageRecord;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;

/** A filter's conditions as one question to a record. What costs reading a file is asked last. */
final class ImageSelection {
    private ImageSelection() {}

    /**
     * @param get the record of an image that the filter names; throws if there is none
     * @param labels of a record
     */
    static Predicate<ImageRecord> of(ImageFilter filter, Function<String, ImageRecord> get, Function<ImageRecord, Map<String, String>> labels) {
        Predicate<ImageRecord> all = record -> true;
        if (filter.dangling().isPresent()) {
            boolean wanted = filter.dangling().get();
            all = all.and(record -> record.references().isEmpty() == wanted);
        }
        if (filter.before().isPresent()) {
            all = all.and(madeBefore(get.apply(filter.before().get()).created()));
        }
        if (filter.since().isPresent()) {
            Instant since = get.apply(filter.since().get()).created();
            all = all.and(record -> record.created().isAfter(since));
        }
        if (filter.until().isPresent()) {
            all = all.and(madeBefore(filter.until().get()));
        }
        if (!filter.references().isEmpty()) {
            List<PathMatcher> patterns = filter.references().stream().map(ImageSelection::pattern).toList();
            all = all.and(record -> record.references().stream().map(ImageReference::parse).anyMatch(name -> fits(name, patterns)));
        }
        if (!filter.labels().isEmpty() || !filter.withoutLabels().isEmpty()) {
            all = all.and(record -> {
                Map<String, String> own = labels.apply(record);
                return filter.labels().entrySet().stream().allMatch(l -> has(own, l)) && filter.withoutLabels().entrySet().stream().noneMatch(l -> has(own, l));
            });
        }
        return all;
    }

    private static Predicate<ImageRecord> madeBefore(Instant time) {
        return record -> record.created().isBefore(time);
    }

    private static boolean has(Map<String, String> labels, Map.Entry<String, String> wanted) {
        String value = labels.get(wanted.getKey());
        return value != null && (wanted.getValue().isEmpty() || value.equals(wanted.getValue()));
    }

    private static PathMatcher pattern(String text) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + text);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpec("reference '" + text + "'", "it is no pattern: " + e.getDescription(), "write nginx, nginx:1.* or registry.example.org:5000/team/*");
        }
    }

    /** With the tag or without, as people write it or in full. */
    private static boolean fits(ImageReference name, List<PathMatcher> patterns) {
        List<String> spellings = List.of(name.familiar(), withoutTag(name.familiar()), name.toString(), withoutTag(name.toString()));
        return patterns.stream().anyMatch(p -> spellings.stream().anyMatch(s -> p.matches(Path.of(s))));
    }

    private static String withoutTag(String name) {
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
    }
}
