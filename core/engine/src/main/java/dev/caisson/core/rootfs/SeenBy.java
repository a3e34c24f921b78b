package dev.caisson.core.rootfs;

import dev.caisson.UserNamespace;
import dev.caisson.linux.Fd;
import java.util.function.Consumer;

/**
 * A user namespace through which layers are seen.
 *
 * @param namespace the caller's
 * @param keeper takes mounts that are needed no more, to close them some time: the kernel waits for all processors then (RCU)
 */
public record SeenBy(Fd namespace, UserNamespace.Mapped maps, Consumer<Fd> keeper) {}
