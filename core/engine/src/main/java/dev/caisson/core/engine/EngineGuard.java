package dev.caisson.core.engine;

import dev.caisson.core.guard.Guard;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine's guard: started with the first container, replaced when it died. */
final class EngineGuard {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private static final int BACKLOG = 8;

    private final Poller poller;
    private final EngineHome home;
    private final EngineGroups groups;
    private final Powers powers;
    private volatile @Nullable Guard guard;

    EngineGuard(Poller poller, EngineHome home, EngineGroups groups, Powers powers) {
        this.poller = poller;
        this.home = home;
        this.groups = groups;
        this.powers = powers;
    }

    Guard current() {
        Guard current = guard;
        return current != null && current.alive() ? current : start();
    }

    private synchronized Guard start() {
        Guard current = guard;
        if (current != null && current.alive()) {
            return current;
        }
        if (current != null) {
            LOG.warn("the guard died ({}); starting another", current.death().orElse("status unknown"));
            guard = null; // should the next one die while it starts
            current.close();
        }
        Guard started = Guard.start(poller, home.lockFile(), groups.slots(), groups.farewell(), powers.namespace());
        try {
            groups.open(started);
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
        guard = started;
        return started;
    }

    /** Tells a guard where the next engine finds it. */
    synchronized void listen(Guard of) {
        if (of.listens()) {
            return; // told already, or adopted
        }
        Path path = home.guardSocket();
        try {
            Files.deleteIfExists(path); // of a guard before it
            try (Fd socket = Sockets.listen(path, BACKLOG)) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
                of.listenAt(socket);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether something of it outlives the JVM. */
    boolean leaves() {
        Guard current = guard;
        return current != null && current.alive() && current.detached() > 0;
    }

    /** Ends it, and with it everything that runs under it. */
    void close() {
        Guard current = guard;
        if (current != null) {
            current.close();
        }
    }
}
