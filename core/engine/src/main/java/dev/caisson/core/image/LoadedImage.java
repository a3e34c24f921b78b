package dev.caisson.core.image;

import dev.caisson.core.content.Digest;
import java.util.List;

/** An image whose manifest, configuration and layers are in the content store by now. */
record LoadedImage(Digest manifest, List<ImageReference> names) {
    LoadedImage {
        names = List.copyOf(names);
    }
}
