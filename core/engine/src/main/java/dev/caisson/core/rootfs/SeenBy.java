package dev.caisson.core.rootfs;

import dev.caisson.UserNamespace;
import dev.caisson.linux.Fd;

/** A user namespace through which layers are seen. @param namespace the caller's */
public record SeenBy(Fd namespace, UserNamespace.Mapped maps) {}
