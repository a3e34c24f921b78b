package dev.caisson.core.engine;

import dev.caisson.RootSource;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.spi.storage.LayerId;
import org.jspecify.annotations.Nullable;

/** RESOLVE and UNPACK as the pipeline sees them: a reference becomes defaults and a committed chain of layers. */
interface ImageSource {
    /** @param top the uppermost layer; null for an image without layers */
    record Resolved(ImageDefaults defaults, @Nullable LayerId top) {}

    /**
     * Pulls as the policy says; at the beginning of a start, and of nothing else.
     *
     * @return what to start: with content trust on, the digest that is signed for a tag
     * @throws dev.caisson.ImageProblem if the image had to be pulled and could not be
     * @throws dev.caisson.TrustProblem if the tag has to be signed and is not
     */
    RootSource.Image ensure(RootSource.Image wanted);

    /** @throws dev.caisson.ImageProblem if there is no such image */
    Resolved resolve(String reference);
}
