package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.Stage;
import dev.caisson.linux.Errno;
import dev.caisson.core.rootfs.MountPoints;
import dev.caisson.core.rootless.WorkerProcess;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where an engine keeps its state: {@code ROOT/{version,content,images,layers,volumes,names,engines/<id>}} on disk, {@code RUN/engines/<id>} for what must not survive
 * a reboot. The lock file of {@code engines/<id>} is held by the engine and by its guard: free means dead, so swept.
 */
final class EngineHome implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final String SCHEMA = "1";
    private static final String NETWORK = "network:";
    private static final int ATTEMPTS = 20;
    private static final int LOCK_FLAGS = Fcntl.O_RDWR | Fcntl.O_NOFOLLOW;

    private final Path root;
    private final Path run;
    private final String id;
    private final Fd lockFile;
    private final OfdLock lock;
    private final Fd containers;
    private final Fd runContainers;
    private final Fd names;
    private @Nullable Path mountPoints;

    private EngineHome(Path root, Path run, String id, Fd lockFile, OfdLock lock) {
        this.root = root;
        this.run = run;
        this.id = id;
        this.lockFile = lockFile;
        this.lock = lock;
        this.containers = directory(state().resolve("containers"));
        this.runContainers = directory(runState().resolve("state"));
        this.names = directory(root.resolve("names"));
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
            throw new UncheckedIOException(e);
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
            throw new UncheckedIOException(e);
        }
    }

    /** Removes names and directories of all containers but these: they have died with their engine. */
    void sweepBut(java.util.Set<String> living) {
        sweepNames(id, living);
        for (String container : containerIds()) {
            if (!living.contains(container)) {
                remove(runState().resolve("state"), container);
                remove(state().resolve("containers"), container);
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
            make(root, "rwx--x--x");
            for (String name : new String[] {"content", "images", "layers", "volumes", "names", "engines"}) {
                make(root.resolve(name), "rwx------");
            }
            try (Fd door = door(root); OfdLock alone = OfdLock.lock(door, true)) {
                schema(root.resolve("version"));
                return claim(root, runDirectory.orElseGet(() -> defaultRun(root)));
            }
        } catch (IOException | SyscallException e) {
            throw new EngineProblem(Stage.VALIDATE, "could not make the engine's root directory " + root + ": " + e.getMessage(),
                    "use a writable Engine.builder().root(…) on a file system with free space", e);
        }
    }

    /**
     * Locked while an engine of this root comes, goes, or is found dead: without it an engine that has made its directory and not yet locked it looks like a
     * dead one to another that sweeps.
     */
    private static Fd door(Path root) {
        return FileCalls.open(root.resolve("engines.lock"), LOCK_FLAGS | Fcntl.O_CREAT, 0600);
    }

    private static EngineHome claim(Path root, Path run) throws IOException {
        byte[] random = new byte[6];
        new SecureRandom().nextBytes(random);
        String id = HexFormat.of().formatHex(random);
        Path state = root.resolve("engines").resolve(id);
        make(state, "rwx------");
        make(state.resolve("containers"), "rwx------");
        makeRun(run, id);
        Fd lockFile = FileCalls.open(state.resolve("engine.lock"), LOCK_FLAGS | Fcntl.O_CREAT, 0600);
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
                make(run, "rwx------");
                make(run.resolve("engines"), "rwx------");
            make(run.resolve("engines").resolve(id), "rwx------");
            make(run.resolve("engines").resolve(id).resolve("state"), "rwx------");
                return;
            } catch (NoSuchFileException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static void make(Path directory, String mode) throws IOException {
        if (!Files.isDirectory(directory)) {
            parents(directory);
            try {
                Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (java.nio.file.FileAlreadyExistsException e) {
                return; // another engine was quicker
            }
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
        }
    }

    /** With a mode of their own: below a JVM's umask of 0 anybody could rename in them what is ours. */
    private static void parents(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            parents(parent);
            try {
                Files.createDirectory(parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            } catch (java.nio.file.FileAlreadyExistsException e) {
                // another engine was quicker
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

    /**
     * Claims a name for a container: unique in a root directory.
     *
     * @throws InvalidSpec if another container has it
     */
    void claim(String name, String container) {
        try {
            FileCalls.symlinkat(id + "/" + container, names, name);
        } catch (SyscallException e) {
            if (e.is(Errno.EEXIST)) {
                throw new InvalidSpec("name(\"" + name + "\")", "is the name of container " + FileCalls.readlinkat(names, name).replaceFirst(".*/", ""),
                        "remove that one or choose another name");
            }
            throw e;
        }
    }

    /**
     * Claims a name for a network: unique in a root directory, too.
     *
     * @throws InvalidSpec if there is one of that name
     */
    void claimNetwork(String name, String network) {
        try {
            FileCalls.symlinkat(id + "/" + network, names, NETWORK + name);
        } catch (SyscallException e) {
            if (e.is(Errno.EEXIST)) {
                String[] holder = FileCalls.readlinkat(names, NETWORK + name).split("/");
                throw new InvalidSpec("networks().create(\"" + name + "\")", "is the name of network " + holder[holder.length - 1]
                        + (holder[0].equals(id) ? "" : " of engine " + holder[0]), "remove that one or choose another name");
            }
            throw e;
        }
    }

    void unclaimNetwork(String name) {
        unclaim(NETWORK + name);
    }

    /** Claims a range of users: unique in a root directory, too. No container's name has a colon. */
    boolean claimUsers(int range, String container) {
        try {
            FileCalls.symlinkat(id + "/" + container, names, "users:" + range);
            return true;
        } catch (SyscallException e) {
            if (e.is(Errno.EEXIST)) {
                return false;
            }
            throw e;
        }
    }

    void unclaimUsers(int range) {
        unclaim("users:" + range);
    }

    void unclaim(String name) {
        FileCalls.unlinkatIfPresent(names, name, 0);
    }

    /**
     * Removes what dead engines left on disk.
     *
     * @param dead gets the id of each, before its files go
     */
    void sweep(Consumer<String> dead) {
        try (DirectoryStream<Path> engines = Files.newDirectoryStream(root.resolve("engines"))) {
            for (Path engine : engines) {
                String other = engine.getFileName().toString();
                if (!other.equals(id)) {
                    sweep(engine, other, dead);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sweep(Path engine, String other, Consumer<String> dead) {
        Fd claimed = claimDead(engine);
        if (claimed == null) {
            return; // alive, or gone
        }
        try (claimed) {
            LOG.info("sweeping what the dead engine {} left", other);
            dead.accept(other);
            sweepNames(other, java.util.Set.of());
            remove(run.resolve("engines"), other);
            remove(root.resolve("engines"), other);
        } catch (SyscallException e) {
            LOG.warn("sweeping the dead engine {}: {}", other, e.toString());
        }
    }

    /** The locked lock file of an engine, if it is dead; one that died before it had a lock file gets one. */
    private @Nullable Fd claimDead(Path engine) {
        try (Fd door = door(root); OfdLock alone = OfdLock.lock(door, true)) {
            Fd file = FileCalls.open(engine.resolve("engine.lock"), LOCK_FLAGS | Fcntl.O_CREAT, 0600);
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

    private void sweepNames(String engine, java.util.Set<String> but) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root.resolve("names"))) {
            for (Path name : all) {
                String of = Files.isSymbolicLink(name) ? Files.readSymbolicLink(name).toString() : "";
                if (of.startsWith(engine + "/") && !but.contains(of.substring(engine.length() + 1))) {
                    Files.deleteIfExists(name);
                }
            }
        } catch (IOException e) {
            LOG.warn("sweeping the names of engine {}: {}", engine, e.toString());
        }
    }

    private static void remove(Path parent, String name) {
        if (Files.exists(parent)) {
            try (SafeRoot directory = SafeRoot.open(parent)) {
                directory.removeTree(name);
            }
        }
    }

    private static void removeIfEmpty(Path directory) {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.debug("{} stays: {}", directory, e.toString()); // another engine uses it
        }
    }

    /** Removes this engine's own directories, and gives up the lock last. */
    @Override
    public void close() {
        containers.close();
        runContainers.close();
        names.close();
        try (Fd door = door(root); OfdLock alone = OfdLock.lock(door, true)) {
            remove(run.resolve("engines"), id);
            removeIfEmpty(run.resolve("engines"));
            removeIfEmpty(run);
            remove(root.resolve("engines"), id);
        } finally {
            lock.close();
            lockFile.close();
        }
    }
}
