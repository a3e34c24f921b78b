package dev.caisson;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which images are meant ({@code docker images --filter}). A value: each method gives another one, with a further condition. All conditions must hold.
 *
 * @param references patterns of names: {@code *} and {@code ?} within one path component, {@code [a-z]}; without a tag every tag fits. One of several must fit
 * @param labels must be there with this value; "" for any
 * @param withoutLabels must not be there with this value; "" for any
 * @param dangling true for images without a name, false for those with one
 * @param before made earlier than this image
 * @param since made later than this image
 * @param until made earlier than this
 */
public record ImageFilter(List<String> references, Map<String, String> labels, Map<String, String> withoutLabels, Optional<Boolean> dangling,
        Optional<String> before, Optional<String> since, Optional<Instant> until) {
    private static final ImageFilter ALL =
            new ImageFilter(List.of(), Map.of(), Map.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** List and maps are copied. */
    public ImageFilter {
        references = List.copyOf(references);
        labels = Map.copyOf(labels);
        withoutLabels = Map.copyOf(withoutLabels);
    }

    /** {@return a filter for every image} */
    public static ImageFilter all() {
        return ALL;
    }

    /**
     * Of a name that fits: {@code nginx}, {@code nginx:1.*}, {@code registry.example.org:5000/team/*}.
     *
     * @param pattern a star ends at a slash; a wrong one is an {@link InvalidSpec} when it is used
     * @return a copy
     */
    public ImageFilter reference(String pattern) {
        List<String> more = new java.util.ArrayList<>(references);
        more.add(pattern);
        return new ImageFilter(more, labels, withoutLabels, dangling, before, since, until);
    }

    /**
     * With this label, whatever its value.
     *
     * @param key exactly
     * @return a copy
     */
    public ImageFilter label(String key) {
        return label(key, "");
    }

    /**
     * With this label and value.
     *
     * @param key exactly
     * @param value exactly
     * @return a copy
     */
    public ImageFilter label(String key, String value) {
        return new ImageFilter(references, with(labels, key, value), withoutLabels, dangling, before, since, until);
    }

    /**
     * Without this label.
     *
     * @param key exactly
     * @return a copy
     */
    public ImageFilter withoutLabel(String key) {
        return withoutLabel(key, "");
    }

    /**
     * Without this value of the label.
     *
     * @param key exactly
     * @param value exactly
     * @return a copy
     */
    public ImageFilter withoutLabel(String key, String value) {
        return new ImageFilter(references, labels, with(withoutLabels, key, value), dangling, before, since, until);
    }

    /**
     * Without a name, or (false) with one.
     *
     * @param wanted true for those without a name
     * @return a copy
     */
    public ImageFilter dangling(boolean wanted) {
        return new ImageFilter(references, labels, withoutLabels, Optional.of(wanted), before, since, until);
    }

    /**
     * Made before that image, by their own account.
     *
     * @param image a name or id; that it is not here is an {@link ImageProblem} when it is used
     * @return a copy
     */
    public ImageFilter before(String image) {
        return new ImageFilter(references, labels, withoutLabels, dangling, Optional.of(image), since, until);
    }

    /**
     * Made after that image, by their own account.
     *
     * @param image a name or id; that it is not here is an {@link ImageProblem} when it is used
     * @return a copy
     */
    public ImageFilter since(String image) {
        return new ImageFilter(references, labels, withoutLabels, dangling, before, Optional.of(image), until);
    }

    /**
     * Made before that time, by their own account.
     *
     * @param time that itself is not meant
     * @return a copy
     */
    public ImageFilter until(Instant time) {
        return new ImageFilter(references, labels, withoutLabels, dangling, before, since, Optional.of(time));
    }

    private static Map<String, String> with(Map<String, String> map, String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(map);
        more.put(key, value);
        return more;
    }
}
