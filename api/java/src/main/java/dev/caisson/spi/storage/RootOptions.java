package dev.caisson.spi.storage;

import org.jspecify.annotations.Nullable;

/**
 * What a root file system must be able to do.
 *
 * @param readOnly nothing will be written: no upper directory is needed
 * @param volatileUpper the root ends with its container, so nothing of it needs to reach the disk (overlayfs {@code volatile})
 * @param quota bytes the container may write, 0 for no limit; a driver that cannot enforce it refuses by name
 * @param idMap the user-namespace map the layers are to be seen through, as {@code /proc/PID/uid_map} lines; null for none
 */
public record RootOptions(boolean readOnly, boolean volatileUpper, long quota, @Nullable String idMap) {
    /** A writable root for a container that ends with the JVM. */
    public static final RootOptions DEFAULT = new RootOptions(false, true, 0, null);
}
