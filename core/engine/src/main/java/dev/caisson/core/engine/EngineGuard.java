package dev.caisson.core.engine;

import dev.caisson.Stage;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.spi.network.Survivor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine's guards: each started with the first container that needs it, replaced when it died. */
final class EngineGuard {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private static final int BACKLOG = 8;

    private final Poller poller;
    private final EngineHome home;
    private final EngineGroups groups;
    private final Powers powers;
    private final LastMessages lastMessages;
    private volatile @Nullable Guard guard;
    private volatile @Nullable Guard outside;

    EngineGuard(Poller poller, EngineHome home, EngineGroups groups, Powers powers) {
        this.poller = poller;
        this.home = home;
        this.groups = groups;
        this.powers = powers;
        this.lastMessages = new LastMessages(this::current, groups::farewell);
    }

    /** What it does for network drivers when this JVM is gone. */
    Survivor survivor() {
        return lastMessages;
    }

    Guard current() {
        Guard current = guard;
        return current != null && current.alive() ? current : startInside();
    }

    private synchronized Guard startInside() {
        Guard known = guard;
        if (known == null || !known.alive()) {
            guard = null; // should the next one die while it starts
            guard = start(known, () -> Guard.start(poller, home.lockFile(), groups.slots(), groups.farewell(), powers.namespace()), lastMessages::tell);
        }
        return Objects.requireNonNull(guard);
    }

    /**
     * A second one, in the JVM's PID namespace, for containers that are: they cannot live below the first, which cannot enter a namespace above its own (setns(2)). The first is there before it:
     * should this one be killed together with the JVM, it kills what is left, by cgroup.
     */
    synchronized Guard outside() {
        current();
        Guard known = outside;
        if (known == null || !known.alive()) {
            outside = null;
            outside = start(known, () -> Guard.outside(poller, home.lockFile(), groups.slots()), started -> { });
        }
        return Objects.requireNonNull(outside);
    }

    private Guard start(@Nullable Guard dead, Supplier<Guard> starting, Consumer<Guard> greeting) {
        if (dead != null) {
            LOG.warn("the guard died ({}); starting another", dead.death().orElse("status unknown"));
            dead.close();
        }
        Guard started = starting.get();
        try {
            groups.open(started);
            greeting.accept(started);
            return started;
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
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
            throw HomeDirectories.problem(Stage.SUPERVISE, "make the socket " + path + " for the next engine", e);
        }
    }

    /** Whether something of it outlives the JVM; known once it is closed. */
    boolean left() {
        Guard known = guard;
        return known != null && known.left();
    }

    /** Ends both, and with them everything that runs under them but what is detached. */
    void close() {
        UndoStack both = new UndoStack();
        for (Guard each : new Guard[] {guard, outside}) {
            if (each != null) {
                both.closing("guard", each);
            }
        }
        both.unwind();
    }
}
