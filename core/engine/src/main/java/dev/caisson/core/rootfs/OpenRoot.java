package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Fd;
import java.util.List;
import java.util.function.Supplier;

/**
 * A container's root file system, open but attached nowhere.
 *
 * @param held the root mount
 * @param mounts further mounts of it, attached before the user's
 * @param received their descriptors, where they are not made by the child, by target
 * @param masked paths of it to be hidden
 * @param changes what was changed in it until now
 * @param closing closes and gives back everything; idempotent
 * @param warnings what of it is not as asked for
 */
public record OpenRoot(HeldMount held, List<PlanInput.Attached> mounts, List<Received> received, List<PlanInput.Masked> masked, Supplier<List<Change>> changes,
        Runnable closing, List<String> warnings) implements AutoCloseable {
    OpenRoot(HeldMount held, List<PlanInput.Attached> mounts, List<Received> received, List<PlanInput.Masked> masked, Supplier<List<Change>> changes,
            Runnable closing) {
        this(held, mounts, received, masked, changes, closing, List.of());
    }

    /** A mount for a target. */
    public record Received(String target, HeldMount mount) {}

    /** To look into it. */
    public Fd root() {
        return held.fd();
    }

    @Override
    public void close() {
        closing.run();
    }
}
