package dev.caisson.registry.store;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.PathBytes;
import dev.caisson.linux.SyscallException;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A registry's directory while a registry uses it. What adds may happen side by side; what removes is alone, so that nothing is removed which somebody has just
 * checked to be there.
 */
public final class DirectoryStore implements Store {
    private static final String VERSION = "caisson registry 1\n";

    private final Path root;
    private final Fd lock;
    private final BlobFiles blobs;
    private final Uploads uploads;
    private final ReadWriteLock removing = new ReentrantReadWriteLock(true);

    private DirectoryStore(Path root, Fd lock, long largestBlob) {
        this.root = root;
        this.lock = lock;
        this.blobs = new BlobFiles(root.resolve("blobs"));
        this.uploads = new Uploads(root.resolve("uploads"), largestBlob);
    }

    /**
     * Opens the directory, which is made if it is missing, and drops uploads that a dead registry left.
     *
     * @throws StorageProblem if it cannot be used, or another registry uses it
     */
    public static DirectoryStore open(Path root, long largestBlob) {
        Fd lock = null;
        try {
            if (!Files.isDirectory(root)) {
                Files.createDirectories(root.getParent());
                Files.createDirectory(root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            lock = FileCalls.openat(Fd.CWD, PathBytes.of(root.resolve("lock")), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0600);
            if (OfdLock.tryLock(lock, OfdLock.Mode.EXCLUSIVE).isEmpty()) {
                throw new StorageProblem(Stage.VALIDATE, "another registry serves " + root, "close that one, or give this one a directory of its own");
            }
            version(root);
            for (String part : new String[] {"blobs", "repositories", "uploads"}) {
                Durable.directories(root.resolve(part));
            }
            for (String left : DirectoryRepository.names(root.resolve("uploads"))) {
                Files.delete(root.resolve("uploads").resolve(left));
            }
            return new DirectoryStore(root, lock, largestBlob);
        } catch (IOException | SyscallException e) {
            close(lock);
            throw new StorageProblem(Stage.VALIDATE, "a registry cannot use " + root + ": " + e, "give it a directory that this user can write", e);
        } catch (RuntimeException e) {
            close(lock);
            throw e;
        }
    }

    private static void close(@Nullable Fd lock) {
        if (lock != null) {
            lock.close();
        }
    }

    /** A directory with something else in it is not touched. */
    private static void version(Path root) throws IOException {
        Path file = root.resolve("version");
        if (!Files.exists(file)) {
            TreeSet<String> there = DirectoryRepository.names(root);
            there.remove("lock");
            if (!there.isEmpty()) {
                throw new StorageProblem(Stage.VALIDATE, root + " is not empty and no registry's directory: it has " + there.first(), "give the registry a directory of its own");
            }
            Durable.write(root, file, VERSION.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        } else if (!Files.readString(file).equals(VERSION)) {
            throw new StorageProblem(Stage.VALIDATE, root + " is of another version: '" + Files.readString(file).strip() + "'", "serve it with the Caisson that wrote it");
        }
    }

    @Override
    public DirectoryRepository repository(String name) {
        return new DirectoryRepository(root.resolve("repositories").resolve(name), root.resolve("uploads"), blobs);
    }

    @Override
    public Uploads uploads() {
        return uploads;
    }

    @Override
    public TreeSet<String> repositories() throws IOException {
        TreeSet<String> all = new TreeSet<>();
        walk("", all);
        all.removeIf(name -> !repository(name).exists());
        return all;
    }

    /** All directories that are named as repositories. */
    private void walk(String above, TreeSet<String> into) throws IOException {
        for (String name : DirectoryRepository.names(root.resolve("repositories").resolve(above))) {
            if (!name.startsWith("_")) {
                String path = above.isEmpty() ? name : above + "/" + name;
                into.add(path);
                walk(path, into);
            }
        }
    }

    @Override
    public void finish(Upload upload, Digest expected) throws IOException {
        try {
            upload.verify(expected);
            adding(() -> {
                blobs.keep(upload.file(), expected);
                repository(upload.repository()).link(expected);
                return null;
            });
        } finally {
            uploads.remove(upload);
        }
    }

    @Override
    public boolean mount(Digest digest, String from, String to) throws IOException {
        return adding(() -> {
            if (!repository(from).hasBlob(digest)) {
                return false;
            }
            repository(to).link(digest);
            return true;
        });
    }

    @Override
    public void put(String name, Repository.Stored stored, Manifest manifest, @Nullable String tag) throws IOException {
        adding(() -> {
            DirectoryRepository repository = repository(name);
            for (Digest blob : manifest.blobs()) {
                if (!repository.hasBlob(blob)) {
                    throw new Fault(Code.MANIFEST_BLOB_UNKNOWN, "blob " + blob + " is not in " + name);
                }
            }
            for (Digest child : manifest.manifests()) {
                if (!repository.hasManifest(child)) {
                    throw new Fault(Code.MANIFEST_BLOB_UNKNOWN, "manifest " + child + " is not in " + name);
                }
            }
            repository.put(stored, manifest, tag);
            return null;
        });
    }

    @Override
    public boolean deleteTag(String name, String tag) throws IOException {
        return removing(() -> repository(name).deleteTag(tag));
    }

    @Override
    public boolean deleteManifest(String name, Digest digest) throws IOException {
        return removing(() -> {
            Optional<Repository.Stored> stored = repository(name).manifest(digest);
            return repository(name).deleteManifest(digest, stored.map(s -> Manifest.parse(s.content(), s.mediaType()).subject()).orElse(null));
        });
    }

    @Override
    public boolean deleteBlob(String name, Digest digest) throws IOException {
        return removing(() -> repository(name).unlink(digest));
    }

    @Override
    public long collect(Duration unusedFor) throws IOException {
        return removing(() -> {
            TreeSet<String> names = new TreeSet<>();
            walk("", names);
            return new Garbage(names.stream().map(this::repository).toList(), blobs, unusedFor).collect();
        });
    }

    /** Nothing goes by itself: uploads apart, what was answered is kept until it is deleted. */
    @Override
    public void tidy() {}

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T adding(Work<T> work) throws IOException {
        removing.readLock().lock();
        try {
            return work.run();
        } finally {
            removing.readLock().unlock();
        }
    }

    private <T> T removing(Work<T> work) throws IOException {
        removing.writeLock().lock();
        try {
            return work.run();
        } finally {
            removing.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.close();
    }
}
