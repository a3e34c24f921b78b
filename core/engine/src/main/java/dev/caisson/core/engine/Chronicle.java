package dev.caisson.core.engine;

import dev.caisson.core.spec.ImageDefaults;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When the things of a container's life were, and of which image it is. */
final class Chronicle {
    private final Instant created = Instant.now();
    private final long order = System.nanoTime();
    private volatile @Nullable Instant started;
    private volatile @Nullable Instant finished;
    private volatile ImageDefaults image = ImageDefaults.NONE;

    void image(ImageDefaults value) {
        image = value;
    }

    ImageDefaults image() {
        return image;
    }

    /** Grows from container to container of one JVM. */
    long order() {
        return order;
    }

    Instant created() {
        return created;
    }

    void begin() {
        finished = null;
        started = Instant.now();
    }

    void end() {
        finished = Instant.now();
    }

    Optional<Instant> started() {
        return Optional.ofNullable(started);
    }

    Optional<Instant> finished() {
        return Optional.ofNullable(finished);
    }
}
