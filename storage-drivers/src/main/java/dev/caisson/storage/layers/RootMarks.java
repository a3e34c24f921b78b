package dev.caisson.storage.layers;

import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.PathBytes;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which container stands on which layer: a symbolic link {@code ID.HEX} to the container's state directory, made by one call.
 *
 * <p>It holds for containers that outlive their engine, and cannot outlive its container: once the state directory is gone the
 * link dangles and counts no more.
 */
public final class RootMarks implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
    private static final String NONE = "none";

    private final Fd directory;

    RootMarks(Fd store) {
        FileCalls.mkdiratIfAbsent(store, "roots", 0700);
        directory = FileCalls.openat(store, "roots", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    }

    /** Marks; the same container may be marked again on the same layer. */
    public void set(String id, @Nullable LayerId top, Path state) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("'" + id + "' is no container id: letters, digits, '_', '.' and '-', 128 at most");
        }
        try {
            FileCalls.symlinkat(PathBytes.of(state.toAbsolutePath()), directory, id + "." + (top == null ? NONE : top.hex()));
        } catch (SyscallException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
    }

    /** What the container stands on: empty if it has no mark, an empty list if it stands on no layer. */
    public Optional<List<LayerId>> of(String id) {
        for (String name : names()) {
            if (idOf(name).equals(id)) {
                String hex = name.substring(id.length() + 1);
                return Optional.of(hex.equals(NONE) ? List.of() : List.of(new LayerId("sha256:" + hex)));
            }
        }
        return Optional.empty();
    }

    /** Takes the container's marks away. */
    public void clear(String id) {
        for (String name : names()) {
            if (idOf(name).equals(id)) {
                FileCalls.unlinkatIfPresent(directory, name, 0);
            }
        }
    }

    /** A container that stands on the layer. Marks of containers that are gone are taken away. */
    public Optional<String> user(LayerId layer) {
        for (String name : names()) {
            if (name.endsWith("." + layer.hex())) {
                if (Files.isDirectory(Path.of(FileCalls.readlinkat(directory, name)))) {
                    return Optional.of(idOf(name));
                }
                FileCalls.unlinkatIfPresent(directory, name, 0);
            }
        }
        return Optional.empty();
    }

    private static String idOf(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        try (Fd listing = FileCalls.openat(directory, ".", O_RDONLY | O_DIRECTORY, 0)) {
            Directory.entries(listing).forEachRemaining(entry -> names.add(entry.name()));
        }
        return names;
    }

    @Override
    public void close() {
        directory.close();
    }
}
