package dev.caisson.core.volume;

import dev.caisson.InvalidSpec;
import dev.caisson.Pruned;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.Volume;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.TreeUsage;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The volumes of a root directory.
 *
 * <pre>
 * DIR/.lock           shared by whoever makes or uses one, exclusive for whoever removes
 * DIR/NAME/data/      the files
 * DIR/NAME/users/CID  which container has it, see {@link VolumeMarks}
 * DIR/NAME/about      labels and origin; read by list and find, never by a start
 * DIR/NAME/fill*      it is being filled, see {@link CopyUp}
 * DIR/.new-RANDOM     being made; appears by rename(2) only
 * DIR/.gone-RANDOM    being removed
 * </pre>
 */
public final class VolumeStore implements AutoCloseable {
    /** What a container's files are seen in. */
    static final String DATA = "data";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}");
    private static final String NEW = ".new-";
    private static final String GONE = ".gone-";
    private static final int OPEN = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path path;
    private final Fd directory;

    private VolumeStore(Path path) {
        this.path = path;
        this.directory = FileCalls.open(path, OPEN, 0);
    }

    /** @param directory exists */
    public static VolumeStore open(Path directory) {
        return doing("opening the volumes in " + directory, () -> new VolumeStore(directory));
    }

    /** A name for a volume of a container that names none; docker's look the same. */
    public static String anonymousName() {
        return random(32);
    }

    private static String random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** Makes a volume, unless there is one of that name. @throws InvalidSpec if it is no name */
    public Volume create(String name, Map<String, String> labels) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidSpec("volume '" + name + "'", "is no name of a volume", "begin with a letter or digit, go on with these, '_', '.' and '-', two characters at least");
        }
        doing("making volume " + name, () -> {
            try (Fd held = lock(OfdLock.Mode.SHARED)) {
                ensure(name, new About(false, labels));
                return held;
            }
        });
        return find(name).orElseThrow(() -> missing(name));
    }

    /**
     * Lets a container have a volume, which is made if there is none: nobody removes it until {@link #release}.
     *
     * @param state the container's directory: once it is gone the container is, and has nothing any more
     * @return the volume's own directory
     */
    public Fd use(String name, boolean anonymous, String container, Path state) {
        return doing("using volume " + name, () -> {
            try (Fd held = lock(OfdLock.Mode.SHARED)) {
                ensure(name, new About(anonymous, Map.of()));
                Fd volume = FileCalls.openat(directory, name, OPEN, 0);
                try {
                    VolumeMarks.set(volume, container, state);
                    return volume;
                } catch (RuntimeException e) {
                    volume.close();
                    throw e;
                }
            }
        });
    }

    /** The directory of a volume's files. */
    public Fd data(String name) {
        return FileCalls.openat(directory, name + "/" + DATA, OPEN, 0);
    }

    /** An anonymous volume is one with a name from now on. Nothing happens to others. */
    public void keep(String name) {
        doing("keeping volume " + name, () -> {
            try (Fd volume = FileCalls.openat(directory, name, OPEN, 0)) {
                About.named(volume);
                return name;
            }
        });
    }

    /** Ends that. An anonymous volume goes with the last container that has it. */
    public void release(String name, String container) {
        doing("releasing volume " + name, () -> {
            boolean anonymous;
            try (Fd volume = FileCalls.openat(directory, name, OPEN, 0)) {
                VolumeMarks.clear(volume, container);
                anonymous = About.of(volume).anonymous();
            } catch (SyscallException e) {
                if (e.is(Errno.ENOENT)) {
                    return name;
                }
                throw e;
            }
            if (anonymous) {
                removeIf(name, volume -> VolumeMarks.users(volume).isEmpty());
            }
            return name;
        });
    }

    public List<Volume> list() {
        return doing("listing volumes", () -> names().stream().sorted().flatMap(name -> find(name).stream()).toList());
    }

    public Optional<Volume> find(String name) {
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        return doing("looking at volume " + name, () -> {
            try (Fd volume = FileCalls.openat(directory, name, OPEN, 0)) {
                About about = About.of(volume);
                return Optional.of(new Volume(name, path.resolve(name).resolve(DATA), about.created(), about.labels(), about.anonymous(), VolumeMarks.users(volume)));
            } catch (SyscallException e) {
                if (e.is(Errno.ENOENT)) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    public void remove(String name) {
        Volume volume = find(name).orElseThrow(() -> missing(name));
        boolean removed = doing("removing volume " + name, () -> removeIf(name, fd -> VolumeMarks.users(fd).isEmpty()));
        if (!removed) {
            List<String> users = find(name).map(Volume::users).orElse(volume.users());
            throw new StorageProblem(Stage.SUPERVISE, "removing volume " + name + ": " + (users.isEmpty() ? "a container had it" : "container " + users.get(0) + " has it"),
                    "remove the container first");
        }
    }

    /** Removes what no container has. @param named whether also those with a name of their own */
    public Pruned prune(boolean named) {
        List<String> removed = new ArrayList<>();
        long bytes = 0;
        for (Volume volume : list()) {
            if (volume.users().isEmpty() && (named || volume.anonymous())) {
                long size = size(volume.name());
                if (doing("removing volume " + volume.name(), () -> removeIf(volume.name(), fd -> VolumeMarks.users(fd).isEmpty()))) {
                    removed.add(volume.name());
                    bytes += size;
                }
            }
        }
        return new Pruned(removed, bytes);
    }

    public long size(String name) {
        find(name).orElseThrow(() -> missing(name));
        return doing("measuring volume " + name, () -> {
            try (Fd data = FileCalls.openat(directory, name + "/" + DATA, OPEN, 0)) {
                return TreeUsage.of(data).bytes();
            }
        });
    }

    /** Removes what dead engines left: volumes half made or half removed, anonymous ones whose containers are gone. Does nothing while another engine is busy with volumes. */
    public void sweep() {
        doing("sweeping volumes", () -> {
            List<String> leftovers = entries().stream().filter(n -> n.startsWith(NEW) || n.startsWith(GONE)).toList();
            List<String> anonymous = new ArrayList<>();
            for (String name : names()) {
                try (Fd volume = FileCalls.openat(directory, name, OPEN, 0)) {
                    if (About.of(volume).anonymous() && VolumeMarks.users(volume).isEmpty()) {
                        anonymous.add(name);
                    }
                }
            }
            if (!leftovers.isEmpty()) {
                try (Fd file = lockFile()) {
                    if (OfdLock.tryLock(file, OfdLock.Mode.EXCLUSIVE).isPresent()) {
                        leftovers.forEach(this::removeTree);
                    }
                }
            }
            anonymous.forEach(name -> removeIf(name, volume -> VolumeMarks.users(volume).isEmpty()));
            return anonymous;
        });
    }

    private void ensure(String name, About about) {
        if (FileCalls.fstatatIfPresent(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW).isPresent()) {
            return;
        }
        String temporary = NEW + random(8);
        FileCalls.mkdirat(directory, temporary, 0700);
        try (Fd made = FileCalls.openat(directory, temporary, OPEN, 0)) {
            FileCalls.mkdirat(made, DATA, 0755);
            FileCalls.fchmodat2(made, DATA, 0755, 0); // whatever the umask: every user of a container looks into it
            VolumeMarks.prepare(made);
            about.write(made);
            FileCalls.fsync(made);
            FileCalls.renameat2(directory, temporary, directory, name, Fcntl.RENAME_NOREPLACE);
            FileCalls.fsync(directory);
        } catch (SyscallException e) {
            removeTree(temporary);
            if (!e.is(Errno.EEXIST)) { // another was quicker
                throw e;
            }
        }
    }

    private boolean removeIf(String name, Predicate<Fd> condition) {
        String gone = GONE + random(8);
        try (Fd held = lock(OfdLock.Mode.EXCLUSIVE)) {
            try (Fd volume = FileCalls.openat(directory, name, OPEN, 0)) {
                if (!condition.test(volume)) {
                    return false;
                }
            }
            FileCalls.renameat2(directory, name, directory, gone, 0);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
        removeTree(gone);
        return true;
    }

    private void removeTree(String name) {
        try (SafeRoot root = SafeRoot.of(directory.dup())) {
            root.removeTree(name);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    private List<String> names() {
        return entries().stream().filter(NAME.asMatchPredicate()).toList();
    }

    private List<String> entries() {
        try (Fd listed = FileCalls.openat(directory, ".", OPEN, 0)) {
            return Directory.list(listed).stream().map(Directory.Entry::name).toList();
        }
    }

    private Fd lockFile() {
        return FileCalls.openat(directory, ".lock", Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0600);
    }

    /** Held until the descriptor is closed. */
    private Fd lock(OfdLock.Mode mode) {
        Fd file = lockFile();
        try {
            OfdLock.lock(file, mode);
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static StorageProblem missing(String name) {
        return new StorageProblem(Stage.SUPERVISE, "there is no volume '" + name + "'", "see engine.volumes().list()");
    }

    static <T> T doing(String what, Supplier<T> action) {
        try {
            return action.get();
        } catch (SyscallException e) {
            String remedy = e.is(Errno.ENOSPC, Errno.EDQUOT) ? "free disk space where the engine's root lies, or remove volumes"
                    : e.is(Errno.EACCES, Errno.EPERM, Errno.EROFS) ? "give this user write access to the engine's root, or choose another one" : "";
            throw new StorageProblem(Stage.ROOTFS, what + ": " + e.getMessage(), remedy, e);
        }
    }

    @Override
    public void close() {
        directory.close();
    }
}
