package dev.caisson.core.engine;

import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What engines have left below a root whose lock nobody holds any more, neither they nor their guards. */
final class DeadEngines {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private DeadEngines() {}

    /**
     * Removes what they left on disk.
     *
     * @param own the engine that sweeps
     * @param dead gets the id of each, before its files go
     */
    static void sweep(Path root, Path run, String own, Consumer<String> dead) {
        try (DirectoryStream<Path> engines = Files.newDirectoryStream(root.resolve("engines"))) {
            for (Path engine : engines) {
                String other = engine.getFileName().toString();
                if (!other.equals(own)) {
                    sweep(root, run, engine, other, dead);
                }
            }
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.SUPERVISE, "sweep what engines have left in " + root, e);
        }
    }

    private static void sweep(Path root, Path run, Path engine, String other, Consumer<String> dead) {
        Fd claimed = claimed(root, engine);
        if (claimed == null) {
            return; // alive, or gone
        }
        try (claimed) {
            LOG.info("sweeping what the dead engine {} left", other);
            dead.accept(other);
            ClaimedNames.sweep(root, other, Set.of());
            HomeDirectories.remove(run.resolve("engines"), other);
            HomeDirectories.remove(root.resolve("engines"), other);
        } catch (SyscallException e) {
            LOG.warn("sweeping the dead engine {}: {}", other, e.toString());
        }
    }

    /** The locked lock file of an engine, if it is dead; one that died before it had a lock file gets one. */
    private static @Nullable Fd claimed(Path root, Path engine) {
        try (Fd door = EngineLocks.door(root); OfdLock alone = OfdLock.lock(door, true)) {
            Fd file = EngineLocks.life(engine);
            if (OfdLock.tryLock(file, true).isPresent()) {
                return file;
            }
            file.close();
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) {
                LOG.warn("looking whether engine {} is dead: {}", engine, e.toString());
            }
        }
        return null;
    }
}
