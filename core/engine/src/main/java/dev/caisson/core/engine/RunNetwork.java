package dev.caisson.core.engine;

import dev.caisson.linux.Fd;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One container's place in networks: what it is connected to, under which host name, and the namespace that outlives its processes. */
final class RunNetwork {
    private final Connections connections = new Connections();
    private volatile String hostname = "";
    private @Nullable Fd namespace;

    Connections connections() {
        return connections;
    }

    String hostname() {
        return hostname;
    }

    void hostname(String value) {
        hostname = value;
    }

    /** A connected namespace outlives its processes, for a restart. */
    void keep(Fd value, UndoStack undo) {
        namespace = undo.closing("network namespace", value);
    }

    /** Another engine will have it. */
    void leave() {
        Fd kept = namespace;
        if (kept != null) {
            kept.close();
        }
    }

    /** A copy of the one it had, when that is connected and the container is not being removed. */
    Optional<Fd> again() {
        Fd kept = namespace;
        try {
            return kept == null || !kept.isOpen() ? Optional.empty() : Optional.of(kept.dup());
        } catch (IllegalStateException closedMeanwhile) {
            return Optional.empty();
        }
    }
}
