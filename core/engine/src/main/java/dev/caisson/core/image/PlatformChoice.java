package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.util.List;
import java.util.stream.Collectors;

/** Chooses among the manifests of an index. */
public final class PlatformChoice {
    private PlatformChoice() {}

    /**
     * The first manifest that runs on the platform; of one without a platform it is assumed that it does, when it is alone.
     *
     * @param what names the index in errors
     * @throws ImageProblem naming the platforms there are
     */
    public static Descriptor of(List<Descriptor> manifests, Platform wanted, String what) {
        List<Descriptor> images = manifests.stream().filter(d -> !"unknown".equals(d.platform() == null ? "" : d.platform().os())).toList();
        for (Descriptor image : images) {
            if (image.platform() != null && wanted.runs(image.platform())) {
                return image;
            }
        }
        if (images.size() == 1 && images.get(0).platform() == null) {
            return images.get(0);
        }
        String there = images.stream().map(d -> String.valueOf(d.platform())).distinct().collect(Collectors.joining(", "));
        throw new ImageProblem(Stage.RESOLVE, what + " has no image for " + wanted + "; it has " + (there.isEmpty() ? "none" : there),
                "get the image for " + wanted + ", or run it on another machine");
    }
}
