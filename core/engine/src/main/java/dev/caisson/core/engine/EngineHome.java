package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.rootfs.MountPoints;
import dev.caisson.core.rootless.WorkerProcess;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where an engine keeps its state: {@code ROOT/{version,content,images,layers,volumes,names,engines/<id>}} on disk, {@code RUN/engines/<id>} for what must not survive
 * a reboot. The lock file of {@code engines/<id>} is held by the engine and by its guard: free means dead, so swept.
 */
final class EngineHome implements AutoCloseable {
    private static final String SCHEMA = "1";
    private static final int ATTEMPTS = 20;

    private final Path root;
    private final Path run;
    private final String id;
    private final Fd lockFile;
    private final OfdLock lock;
    private final Fd containers;
    private final Fd runContainers;
    private final ClaimedNames names;
    private @Nullable Path mountPoints;

    private EngineHome(Path root, Path run, String id, Fd lockFile, OfdLock lock) {
        this.root = root;
        this.run = run;
        this.id = id;
        this.lockFile = lockFile;
        this.lock = lock;
        this.containers = directory(state().resolve("containers"));
        this.runContainers = directory(runState().resolve("state"));
        this.names = ClaimedNames.open(root, id);
    }

    /** That of an engine whose guard has outlived it, below the same root. Holds no lock: the guard does. */
    EngineHome of(String other) {
        return new EngineHome(root, run, other, lockFile, lock);
    }

    /** Where the guard is found once the engine is gone. */
    Path guardSocket() {
        return guardSocket(id);
    }

    /** The ids of the other engines of this root. */
    List<String> others() {
        try (java.util.stream.Stream<Path> all = Files.list(root.resolve("engines"))) {
            return all.map(p -> p.getFileName().toString()).filter(name -> !name.equals(id)).sorted().toList();
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.SUPERVISE, "list the engines of " + root, e);
        }
    }

    Path guardSocket(String other) {
        return run.resolve("engines").resolve(other).resolve("guard.sock");
    }

    /** The containers that have a directory. */
    List<String> containerIds() {
        try (java.util.stream.Stream<Path> all = Files.list(state().resolve("containers"))) {
            return all.map(p -> p.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.SUPERVISE, "list the containers of " + state(), e);
        }
    }

    /** Removes names and directories of all containers but these: they have died with their engine. */
    void sweepBut(Set<String> living) {
        ClaimedNames.sweep(root, id, living);
        for (String container : containerIds()) {
            if (!living.contains(container)) {
                HomeDirectories.remove(runState().resolve("state"), container);
                HomeDirectories.remove(state().resolve("containers"), container);
            }
        }
    }

    /** Closes what is open of another engine's home. */
    void leaveOthers() {
        containers.close();
        runContainers.close();
        names.close();
    }

    /** Leaves everything to the guard, which holds the lock too. */
    void leave() {
        leaveOthers();
        lockFile.close();
    }

    /** Makes what is missing, claims a new engine id, and leaves the rest to {@link #sweep}. */
    static EngineHome open(Path root, Optional<Path> runDirectory) {
        try {
            // Container root users must not traverse into layers of others (CVE-2021-41091), but may reach what is bound to them by descriptor.
            HomeDirectories.make(root, "rwx--x--x");
            for (String name : new String[] {"content", "images", "layers", "volumes", "names", "engines"}) {
                HomeDirectories.make(root.resolve(name), "rwx------");
            }
            try (Fd door = EngineLocks.door(root); OfdLock alone = OfdLock.lock(door, true)) {
                schema(root.resolve("version"));
                return claim(root, runDirectory.orElseGet(() -> defaultRun(root)));
            }
        } catch (IOException | SyscallException e) {
            throw new EngineProblem(Stage.VALIDATE, "could not make the engine's root directory " + root + ": " + e.getMessage(),
                    "use a writable Engine.builder().root(…) on a file system with free space", e);
        }
    }

    private static EngineHome claim(Path root, Path run) throws IOException {
        byte[] random = new byte[6];
        new SecureRandom().nextBytes(random);
        String id = HexFormat.of().formatHex(random);
        Path state = root.resolve("engines").resolve(id);
        HomeDirectories.make(state, "rwx------");
        HomeDirectories.make(state.resolve("containers"), "rwx------");
        makeRun(run, id);
        Fd lockFile = EngineLocks.life(state);
        try {
            OfdLock lock = OfdLock.tryLock(lockFile, true).orElseThrow(() ->
                    new EngineProblem(Stage.VALIDATE, "the lock of the new engine " + id + " is taken", "try again"));
            return new EngineHome(root, run, id, lockFile, lock);
        } catch (RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /** The last engine of a root removes what is empty, perhaps at this instant. */
    private static void makeRun(Path run, String id) throws IOException {
        for (int attempt = 1;; attempt++) {
            try {
                HomeDirectories.make(run, "rwx------");
                HomeDirectories.make(run.resolve("engines"), "rwx------");
                HomeDirectories.make(run.resolve("engines").resolve(id), "rwx------");
                HomeDirectories.make(run.resolve("engines").resolve(id).resolve("state"), "rwx------");
                return;
            } catch (NoSuchFileException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static void schema(Path file) throws IOException {
        try {
            String found = Files.readString(file).strip();
            if (!found.equals(SCHEMA) && !found.isEmpty()) {
                throw new EngineProblem(Stage.VALIDATE, "the root directory " + file.getParent() + " has the schema version " + found
                        + ", this engine knows " + SCHEMA, "use the Caisson version that made it, or another Engine.builder().root(…)");
            }
        } catch (NoSuchFileException e) {
            Path temporary = Files.createTempFile(file.getParent(), "version", ".tmp");
            Files.writeString(temporary, SCHEMA + "\n");
            Files.move(temporary, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** An ordinary user's own, which goes with his last session; below the root where there is none. */
    private static Path defaultRun(Path root) {
        if (!WorkerProcess.needed()) {
            return Path.of("/run/caisson", hash(root));
        }
        Path runtime = Path.of(System.getenv().getOrDefault("XDG_RUNTIME_DIR", ""));
        return runtime.isAbsolute() && Files.isWritable(runtime) ? runtime.resolve("caisson").resolve(hash(root)) : root.resolve("run");
    }

    private static String hash(Path root) {
        try {
            byte[] digest = java.security.MessageDigest.getInstance("SHA-256").digest(root.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6); // a socket path ends at 108 bytes
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static Fd directory(Path path) {
        return FileCalls.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
    }

    String id() {
        return id;
    }

    /** What is unique in the root. */
    ClaimedNames names() {
        return names;
    }

    /**
     * Removes what dead engines left on disk.
     *
     * @param dead gets the id of each, before its files go
     */
    void sweep(Consumer<String> dead) {
        DeadEngines.sweep(root, run, id, dead);
    }

    /** The lowest layer of every root, made when first asked for. */
    synchronized Path mountPoints() {
        Path made = mountPoints;
        if (made == null) {
            made = state().resolve("mountpoints");
            MountPoints.make(made);
            mountPoints = made;
        }
        return made;
    }

    Path root() {
        return root;
    }

    /** On disk. */
    Path state() {
        return root.resolve("engines").resolve(id);
    }

    /** Gone after a reboot. */
    Path runState() {
        return run.resolve("engines").resolve(id);
    }

    Path run() {
        return run;
    }

    Fd lockFile() {
        return lockFile;
    }

    /** The directory that holds one directory a container, on disk. */
    Fd containers() {
        return containers;
    }

    /** The same for what must not survive a reboot. */
    Fd runContainers() {
        return runContainers;
    }

    /** Removes this engine's own directories, and gives up the lock last. */
    @Override
    public void close() {
        leaveOthers();
        try (Fd door = EngineLocks.door(root); OfdLock alone = OfdLock.lock(door, true)) {
            HomeDirectories.remove(run.resolve("engines"), id);
            HomeDirectories.removeIfEmpty(run.resolve("engines"));
            HomeDirectories.removeIfEmpty(run);
            HomeDirectories.remove(root.resolve("engines"), id);
        } finally {
            lock.close();
            lockFile.close();
        }
    }
}
