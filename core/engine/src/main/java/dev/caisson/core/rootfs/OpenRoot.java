package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Fd;
import java.util.List;
import java.util.function.Supplier;

/**
 * A container's root file system, open but attached nowhere.
 *
 * @param root the detached root mount
 * @param mounts further mounts of it, attached before the user's
 * @param received their descriptors, where they are not made by the child, by target
 * @param masked paths of it to be hidden
 * @param changes what was changed in it until now
 * @param closing closes and gives back everything; idempotent
 */
public record OpenRoot(Fd root, List<PlanInput.Attached> mounts, List<Received> received, List<PlanInput.Masked> masked, Supplier<List<Change>> changes,
        Runnable closing) implements AutoCloseable {
    /** A detached mount for a target. */
    public record Received(String target, Fd mount) {}

    /**
     * A second mount of the same root, for a launch: this one stays unattached, so that further launches can follow.
     *
     * @throws dev.caisson.UnsupportedOnThisHost before Linux 6.15, where a detached mount cannot be copied
     */
    public Fd again() {
        return DetachedMounts.copy(root);
    }

    @Override
    public void close() {
        closing.run();
    }
}
