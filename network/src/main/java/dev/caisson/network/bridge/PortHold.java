package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;

/** A port of the host that nobody else gets. */
interface PortHold {
    int port();

    /** A socket because of which it stays so when this is closed, or its JVM is dead; nothing arrives there. @return the caller's */
    Fd reserve();

    void close();
}
