package dev.caisson.core.readiness;

import dev.caisson.Readiness;
import java.util.Set;

/** Looks for a listening socket in the tables of the container's network namespace. */
final class PortProbe implements Probe {
    private final Readiness.Port wanted;
    private final Watched watched;

    PortProbe(Readiness.Port wanted, Watched watched) {
        this.wanted = wanted;
        this.watched = watched;
    }

    @Override
    public String pending() {
        int pid = watched.container().pid();
        if (pid == 0) {
            return wanted.toString();
        }
        Set<Long> sockets = ListeningSockets.of(pid, wanted.port());
        return sockets.isEmpty() || watched.hostNetwork() && !SocketOwners.anyIn(pid, sockets) ? wanted.toString() : "";
    }
}
