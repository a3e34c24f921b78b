package dev.caisson.core.engine;

import dev.caisson.HostPort;
import dev.caisson.linux.Fd;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.NetworkDriver;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One container's place in networks: what it is connected to, under which host name, and the namespace that outlives its processes. */
final class RunNetwork {
    private final Connections connections = new Connections();
    private volatile String hostname = "";
    private @Nullable Fd namespace;
    /** That of the network it left last over which ports of the host led to it; null once they do again. */
    private Connections.@Nullable Connection unpublished;
    private @Nullable NetworkDriver left;

    Connections connections() {
        return connections;
    }

    String hostname() {
        return hostname;
    }

    void hostname(String value) {
        hostname = value;
    }

    /** It left a network. */
    void left(Connections.Connection connection) {
        left = connection.driver();
        if (!connection.attachment().ports().isEmpty()) {
            unpublished = connection;
        }
    }

    /** What is to be published over a network that it comes to: what was, over one of the same driver, under the same numbers of the host. */
    List<PortMapping> unpublished(NetworkRoom.Resolved network) {
        Connections.Connection was = unpublished;
        boolean inward = network.network() == null || !network.network().internal();
        return was == null || was.driver() != network.driver() || !inward ? List.of() : was.attachment().ports();
    }

    /** The host's ports that it is to see again there, as it saw them over the last network that it left. */
    List<HostPort> unseen(NetworkRoom.Resolved network, List<HostPort> wanted) {
        return connections.list().isEmpty() && left == network.driver() ? wanted : List.of();
    }

    /** They lead to it. @param over the network that it came to */
    void published(Connections.Connection over) {
        if (!over.attachment().ports().isEmpty()) {
            unpublished = null;
        }
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
