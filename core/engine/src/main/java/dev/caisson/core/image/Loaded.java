package dev.caisson.core.image;

import dev.caisson.core.content.Digest;
import dev.caisson.core.content.IndexRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an archive held; its manifests, configurations and layers are in the content store by now. */
record Loaded(List<One> images, List<Several> indexes) {
    /** An image. */
    record One(Digest manifest, List<ImageReference> names) {
        One {
            names = List.copyOf(names);
        }
    }

    /**
     * An image for several platforms, kept whole.
     *
     * @param host the manifest for this host; null if it has none
     */
    record Several(Digest index, List<IndexRecord.Member> images, @Nullable Digest host, List<ImageReference> names) {
        Several {
            names = List.copyOf(names);
        }
    }
}
