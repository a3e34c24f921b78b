package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Chooses among the manifests of an index. */
public final class PlatformChoice {
    private PlatformChoice() {}

    /**
     * The first manifest that runs on the platform, for any of its processors if there is one; of one without a platform it is assumed that it does, when it is alone.
     *
     * @param what names the index in errors
     * @throws ImageProblem naming the platforms there are
     */
    public static Descriptor of(List<Descriptor> manifests, Platform wanted, String what) {
        Optional<Descriptor> found = find(manifests, wanted);
        if (found.isPresent()) {
            return found.get();
        }
        List<Descriptor> images = images(manifests);
        String there = images.stream().map(d -> String.valueOf(d.platform())).distinct().collect(Collectors.joining(", "));
        throw new ImageProblem(Stage.RESOLVE, what + " has no image for " + wanted + "; it has " + (there.isEmpty() ? "none" : there),
                "get the image for " + wanted + ", or run it on another machine");
    }

    /** The same, empty if there is none. */
    public static Optional<Descriptor> find(List<Descriptor> manifests, Platform wanted) {
        List<Descriptor> images = images(manifests);
        List<Descriptor> running = images.stream().filter(i -> i.platform() != null && wanted.runs(i.platform())).toList();
        // Not v3 of amd64, say, whose instructions this processor may not know, if there is one for all.
        Optional<Descriptor> found = running.stream().filter(i -> i.platform() != null && i.platform().basic()).findFirst().or(() -> running.stream().findFirst());
        return found.isPresent() || images.size() != 1 || images.get(0).platform() != null ? found : Optional.of(images.get(0));
    }

    private static List<Descriptor> images(List<Descriptor> manifests) {
        return manifests.stream().filter(d -> !"unknown".equals(d.platform() == null ? "" : d.platform().os())).toList();
    }
}
