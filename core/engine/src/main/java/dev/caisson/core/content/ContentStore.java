package dev.caisson.core.content;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Blobs by their digest.
 *
 * <pre>
 * DIR/blobs/sha256/HEX   complete, verified, read-only; appears by rename(2) only
 * DIR/ingest/RANDOM      being written; locked by whoever writes it, so what is not locked is a dead writer's
 * DIR/parts/ALG-HEX      being fetched from a registry, and gone on with after a crash; see {@link Parts}
 * DIR/leases/RANDOM      names blobs that are needed for now; see {@link Leases}
 * </pre>
 *
 * Digest and size are computed over the bytes as they are written and compared before the rename. Any number of JVMs share a store: a blob that two of them
 * write at once is the same blob.
 */
public final class ContentStore implements AutoCloseable {
    private static final int BUFFER = 128 * 1024;
    private final Path directory;
    private final Fd ingest;
    private final Fd sha256;
    private final Fd sha512;
    private final Leases leases;
    private final Parts parts;

    private ContentStore(Path directory) {
        this.directory = directory;
        StoreDirectory.make(directory).close();
        StoreDirectory.make(directory.resolve("blobs")).close();
        this.ingest = StoreDirectory.make(directory.resolve("ingest"));
        this.sha256 = StoreDirectory.make(directory.resolve("blobs/sha256"));
        this.sha512 = StoreDirectory.make(directory.resolve("blobs/sha512"));
        this.leases = new Leases(StoreDirectory.make(directory.resolve("leases")));
        this.parts = new Parts(StoreDirectory.make(directory.resolve("parts")));
    }

    /**
     * Opens the store in a directory, which is made if it is missing.
     *
     * @throws StorageProblem if it cannot be made or opened
     */
    public static ContentStore open(Path directory) {
        return new ContentStore(directory);
    }

    /** Whether the blob is here. */
    public boolean has(Digest digest) {
        return StoreDirectory.doing("looking for blob " + digest, () -> FileCalls.fstatatIfPresent(blobs(digest), digest.hex(), 0).isPresent());
    }

    /** Bytes of the blob. */
    public long size(Digest digest) {
        try {
            return FileCalls.fstatat(blobs(digest), digest.hex(), 0).size();
        } catch (SyscallException e) {
            throw missing(digest, e);
        }
    }

    /**
     * The blob's bytes; the caller closes. They were verified when they were stored; {@link #verify} does so again.
     *
     * @throws ImageProblem if it is not here
     */
    public InputStream open(Digest digest) {
        return open(digest, 0);
    }

    /** The same, from a byte on. */
    public InputStream open(Digest digest, long from) {
        return blob(digest).open(from);
    }

    /** A blob that is readable to its end, whoever removes it. @param file closed by it */
    public record Blob(Fd file) implements AutoCloseable {
        /** From a byte on; once. */
        public InputStream open(long from) {
            return new FdInput(file, from, Long.MAX_VALUE);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** One, open. @throws ImageProblem if it is not here */
    public Blob blob(Digest digest) {
        try {
            return new Blob(FileCalls.openat(blobs(digest), digest.hex(), Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW, 0));
        } catch (SyscallException e) {
            throw missing(digest, e);
        }
    }

    /**
     * A small blob, verified again.
     *
     * @param limit most bytes
     * @throws ImageProblem if it is not here, larger, or not what its digest says
     */
    public byte[] read(Digest digest, int limit) {
        long size = size(digest);
        if (size > limit) {
            throw new ImageProblem(Stage.RESOLVE, "blob " + digest + " has " + size + " bytes, more than the " + limit + " such a document may have", "no tool makes so large a one: ask whoever made it");
        }
        try (InputStream in = open(digest)) {
            byte[] content = in.readNBytes(limit);
            if (!Digest.of(digest.algorithm(), Digest.hasher(digest.algorithm()).digest(content)).equals(digest)) {
                throw damaged(digest);
            }
            return content;
        } catch (IOException e) {
            throw unreadable(digest, e);
        }
    }

    /** Begins a blob that is not known yet, to be hashed by SHA-256. */
    public Ingest begin() {
        return begin(null, -1);
    }

    /**
     * Begins a blob.
     *
     * @param expected what its digest must turn out to be; null to find out
     * @param size what its size must turn out to be; -1 to find out
     */
    public Ingest begin(@Nullable Digest expected, long size) {
        return Ingest.begin(this, ingest, expected, size);
    }

    /**
     * Begins a blob that is fetched from far away, where a fetch that broke off has come to: a large one that is kept if this JVM dies. Bytes that are there were read and
     * hashed; whether they are right shows at the end ({@link Ingest#asExpected}).
     */
    public Ingest resume(Digest expected, long size) {
        while (size >= Parts.SMALLEST) {
            java.util.Optional<Unfinished> part = StoreDirectory.doing("beginning a blob", () -> parts.take(expected));
            if (part.isEmpty()) {
                break; // somebody else fetches it, and each finishes his own
            }
            Ingest resumed = Ingest.resume(this, part.get(), expected, size);
            if (resumed != null) {
                return resumed;
            }
        }
        return begin(expected, size);
    }

    /** A blob is needed by a recorded image, or by nobody: a part of it has no purpose any more. */
    public void settle(Digest digest) {
        parts.forget(digest);
    }

    /** Removes what was not gone on with: all of it, or what is a week old. @return the number of files removed */
    public int sweepParts(boolean all) {
        return parts.reclaim(all ? java.time.Duration.ZERO : Parts.KEPT);
    }

    /**
     * Stores what a stream delivers.
     *
     * @return its digest
     * @throws ImageProblem if digest or size differ from what is expected; nothing is kept then
     */
    public Digest put(InputStream content, @Nullable Digest expected, long size) throws IOException {
        try (Ingest blob = begin(expected, size)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                blob.write(buffer, 0, n);
            }
            return blob.commit();
        }
    }

    /** Stores bytes. */
    public Digest put(byte[] content) {
        return put(content, Digest.of(content));
    }

    /** Stores bytes under their digest, which may be of another kind. */
    public Digest put(byte[] content, Digest digest) {
        try (Ingest blob = begin(digest, content.length)) {
            blob.write(content, 0, content.length);
            return blob.commit();
        }
    }

    /**
     * Reads the whole blob and compares it with its digest.
     *
     * @throws ImageProblem if a byte has changed
     */
    public void verify(Digest digest) {
        MessageDigest hasher = Digest.hasher(digest.algorithm());
        try (InputStream in = open(digest)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                hasher.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw unreadable(digest, e);
        }
        if (!Digest.of(digest.algorithm(), hasher.digest()).equals(digest)) {
            throw damaged(digest);
        }
    }

    /** Removes a blob; false if it was not here. */
    public boolean delete(Digest digest) {
        return StoreDirectory.doing("deleting blob " + digest, () -> FileCalls.unlinkatIfPresent(blobs(digest), digest.hex(), 0));
    }

    /** All blobs. */
    public List<Digest> blobs() {
        List<Digest> all = new ArrayList<>();
        for (String algorithm : List.of("sha256", "sha512")) {
            try (Fd listed = FileCalls.openat(algorithm.equals("sha256") ? sha256 : sha512, ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
                Directory.entries(listed).forEachRemaining(e -> all.add(new Digest(algorithm, e.name())));
            }
        }
        return all;
    }

    /** Blobs that must stay although no image may name them. */
    public Leases leases() {
        return leases;
    }

    /** An operation that adds blobs which nobody refers to before it ends. */
    public interface Operation extends AutoCloseable {
        /** Ends it as its JVM's death would: there is something to clean up. */
        void abandon();

        @Override
        void close();
    }

    /** Begins one. If its JVM dies before it is closed, {@link #reclaim} tells so. */
    public Operation operation() {
        Unfinished begun = StoreDirectory.doing("beginning an operation", () -> Unfinished.begin(ingest));
        return new Operation() {
            @Override
            public void abandon() {
                begun.abandon();
            }

            @Override
            public void close() {
                begun.close();
            }
        };
    }

    /**
     * Removes what dead writers, operations and holders of leases left of themselves; what is under way stays.
     *
     * @return the number of files removed
     */
    public int reclaim() {
        return Unfinished.reclaim(ingest) + leases.reclaim();
    }

    Fd blobs(Digest digest) {
        return digest.algorithm().equals("sha512") ? sha512 : sha256;
    }

    @Override
    public void close() {
        ingest.close();
        leases.close();
        parts.close();
        sha256.close();
        sha512.close();
    }

    private RuntimeException missing(Digest digest, SyscallException e) {
        if (e.is(Errno.ENOENT)) {
            return new ImageProblem(Stage.RESOLVE, "blob " + digest + " is not in the store " + directory, "pull or load the image again", e);
        }
        return StoreDirectory.problem("opening blob " + digest, e);
    }

    private ImageProblem damaged(Digest digest) {
        return new ImageProblem(Stage.RESOLVE, "blob " + digest + " in " + directory + " is damaged: its bytes have another digest",
                "remove the image and pull or load it again; check the disk");
    }

    private static StorageProblem unreadable(Digest digest, IOException e) {
        return new StorageProblem(Stage.RESOLVE, "reading blob " + digest + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
    }
}
