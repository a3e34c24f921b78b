package dev.caisson.core.engine;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.nio.file.Path;

/** The files by whose locks the engines of a root know of each other. */
final class EngineLocks {
    private EngineLocks() {}

    /**
     * Locked while an engine of this root comes, goes, or is found dead: without it an engine that has made its directory and not yet locked it looks like a
     * dead one to another that sweeps.
     */
    static Fd door(Path root) {
        return open(root.resolve("engines.lock"));
    }

    /** An engine's own, made if it is missing: an engine may die before it has one. @param state {@code ROOT/engines/<id>} */
    static Fd life(Path state) {
        return open(state.resolve("engine.lock"));
    }

    private static Fd open(Path file) {
        return FileCalls.open(file, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_CREAT, 0600);
    }
}
