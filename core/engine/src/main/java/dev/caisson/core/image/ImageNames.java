package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import java.util.List;
import java.util.Optional;

/** How users call an image: by name, by digest, by id, by the beginning of an id. A name wins over an id that looks the same. */
final class ImageNames {
    private static final int SHORTEST_PREFIX = 4;

    private ImageNames() {}

    static Optional<ImageRecord> find(List<ImageRecord> all, String text) {
        String name = nameOf(text);
        Optional<ImageRecord> named = all.stream().filter(r -> r.references().contains(name)).findFirst();
        if (named.isPresent()) {
            return named;
        }
        if (Digest.isDigest(text)) {
            return all.stream().filter(r -> r.config().toString().equals(text) || r.manifest().toString().equals(text)).findFirst();
        }
        if (text.indexOf('@') > 0) {
            Digest digest = ImageReference.parse(text).digest();
            return all.stream().filter(r -> r.manifest().equals(digest)).findFirst();
        }
        return byPrefix(all, text);
    }

    private static Optional<ImageRecord> byPrefix(List<ImageRecord> all, String text) {
        String hex = text.startsWith("sha256:") ? text.substring(7) : text;
        if (hex.length() < SHORTEST_PREFIX || !hex.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
            return Optional.empty();
        }
        List<ImageRecord> found = all.stream().filter(r -> r.config().hex().startsWith(hex)).toList();
        if (found.size() > 1) {
            throw new ImageProblem(Stage.RESOLVE, "the id prefix '" + text + "' fits " + found.size() + " images", "write more digits of it");
        }
        return found.stream().findFirst();
    }

    /** The normalised name, or the text itself if it is none. */
    static String nameOf(String text) {
        if (Digest.isDigest(text)) {
            return text;
        }
        try {
            return ImageReference.parse(text).toString();
        } catch (ImageProblem e) {
            // An id is not a name.
            if (text.length() == 64 || text.startsWith("sha256:")) {
                return text;
            }
            throw e;
        }
    }

    /** Whether a tag's image has no other names left than digests in the tag's repository. */
    static boolean onlyDigestsOf(String removed, List<String> left) {
        String repository = ImageReference.parse(removed).name();
        return removed.indexOf('@') < 0 && left.stream().allMatch(name -> name.indexOf('@') > 0 && ImageReference.parse(name).name().equals(repository));
    }

    /** What a resolved image is called: its name if it was asked for by name, else its id. */
    static String shown(ImageRecord record, String text) {
        String name = nameOf(text);
        return record.references().contains(name) || text.indexOf('@') > 0 ? name : record.config().toString();
    }
}
