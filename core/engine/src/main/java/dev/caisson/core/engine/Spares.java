package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.RootSource;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.spi.storage.LayerId;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers made ahead: root file system, namespaces, network, mounts and cgroups are there, a process of the guard's waits inside, only the program is missing. The next one
 * is made when a start is over; with the guard they all die.
 */
final class Spares implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private final LocalEngine engine;
    private final boolean any;
    private final Reserve<SpareKey, MadeAhead> ready;

    /** @param size how many are kept, of all kinds together; 0 for none */
    Spares(LocalEngine engine, int size) {
        this.engine = engine;
        this.any = size > 0;
        this.ready = new Reserve<>(engine, size, "spare container", MadeAhead::discard);
    }

    /** The key under which a start can have a spare. */
    Optional<SpareKey> key(ContainerSpec spec) {
        if (!any) {
            return Optional.empty();
        }
        ImageDefaults image = ImageDefaults.NONE;
        if (spec.root() instanceof RootSource.Image source) {
            image = engine.imageSource().resolve(source.reference()).defaults();
        }
        return SpareKey.of(spec, image, engine.host(), engine.networkRoom());
    }

    /** Starts from a spare if there is one. */
    Optional<RunContext> start(SpareKey key, ContainerSpec spec, boolean keepOutput) {
        for (MadeAhead spare; (spare = ready.take(key, MadeAhead::ready)) != null;) {
            try {
                return Optional.of(spare.become(spec, keepOutput));
            } catch (MadeAhead.SpareDied e) {
                LOG.debug("a spare died before it was used");
            }
        }
        return Optional.empty();
    }

    /** A start with this key is over, or runs. */
    void replenish(SpareKey key, ContainerSpec like) {
        ready.replenish(key, () -> MadeAhead.make(engine, like, this::died));
    }

    /** On the poller thread. */
    private void died(MadeAhead container) {
        engine.background().begin(() -> ready.drop(spare -> spare == container));
    }

    /**
     * What is made of a layer that is to be removed, also what is only being made. A start whose end is told now begins no other, until the removal had its time: it may
     * be of that very layer, and whoever saw the start's end may remove the image at once.
     */
    void drop(LayerId layer) {
        ready.pause();
        ready.drop(spare -> spare.standsOn(layer));
        ready.forget();
    }

    @Override
    public void close() {
        ready.close();
    }
}
