package dev.caisson.core.rootfs;

import dev.caisson.Change;
import dev.caisson.UnsupportedOnThisHost;
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
     * The descriptors of a first launch: copies where the kernel can make them, so that the container can be restarted; else the mounts themselves.
     *
     * @param restartable whether a restart is wanted at all: the copies cost a system call each
     */
    public static Fd forLaunch(Fd mount, boolean restartable) {
        try {
            return restartable ? DetachedMounts.copy(mount) : mount.dup();
        } catch (UnsupportedOnThisHost e) {
            return mount.dup();
        }
    }

    /**
     * A second mount of the same root, for a further launch: this one stays unattached, so that further launches can follow.
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
