package dev.caisson.core.content;

import dev.caisson.StorageProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Blobs that somebody needs although no image may name them any more: what a registry has promised to those who pull from it, and what was pushed before its manifest.
 * {@code DIR/leases/RANDOM} names them, a line for each, and is locked by its holder: the lease ends with the holder's JVM. One is taken under {@link ImageStore#use()},
 * and they are asked for under {@link ImageStore#collect()}, so that none is taken while blobs are removed.
 */
public final class Leases implements AutoCloseable {
    private static final int LARGEST = 64 << 20;

    private final Fd directory;

    Leases(Fd directory) {
        this.directory = directory;
    }

    /** Keeps blobs until it is closed. */
    public interface Lease extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes one. Costs a descriptor for as long as it lasts. */
    public Lease take(Collection<Digest> blobs) {
        byte[] names = blobs.stream().map(d -> d + "\n").sorted().collect(Collectors.joining()).getBytes(StandardCharsets.US_ASCII);
        Unfinished taken = StoreDirectory.doing("leasing blobs", () -> {
            Unfinished file = Unfinished.begin(directory);
            try {
                FileCalls.writeAll(file.file(), ByteBuffer.wrap(names));
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
            return file;
        });
        return () -> {
            try {
                taken.close();
            } catch (IllegalStateException e) {
                // The store was closed before. The lock is gone, and whoever finds the file removes it.
            }
        };
    }

    /** All blobs that are kept so, by any JVM. What dead ones left is removed. */
    public Set<Digest> all() {
        Set<Digest> all = new HashSet<>();
        try (Fd listed = FileCalls.openat(directory, ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            for (Directory.Entry entry : Directory.list(listed)) {
                if (!Unfinished.reclaim(directory, entry.name())) {
                    read(entry.name(), all);
                }
            }
        }
        return all;
    }

    /** Removes those of dead JVMs. @return how many */
    int reclaim() {
        return Unfinished.reclaim(directory);
    }

    private void read(String name, Set<Digest> into) {
        try (InputStream in = new FdInput(FileCalls.openat(directory, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW, 0), 0, LARGEST)) {
            new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().map(Digest::parse).forEach(into::add);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) { // its holder has let go
                throw StoreDirectory.problem("reading a lease", e);
            }
        } catch (IOException e) {
            throw new StorageProblem(Stage.PULL, "reading a lease: " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    @Override
    public void close() {
        directory.close();
    }
}
