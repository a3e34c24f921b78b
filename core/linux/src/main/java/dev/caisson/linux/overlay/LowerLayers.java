package dev.caisson.linux.overlay;

import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_PATH;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.RESOLVE_BENEATH;
import static dev.caisson.linux.Fcntl.RESOLVE_NO_SYMLINKS;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Layers merged as overlayfs merges its lower directories, without mounting: a whiteout, an opaque directory or a file in a
 * layer hides what the layers below it have there. One descriptor a layer is held; a directory is looked up by its path.
 */
public final class LowerLayers implements AutoCloseable {
    private final List<Fd> layers = new ArrayList<>();

    private LowerLayers() {}

    /** @param directories uppermost first; a single one is any tree, such as the host's root */
    public static LowerLayers open(List<Path> directories) {
        LowerLayers lowers = new LowerLayers();
        try {
            for (Path directory : directories) {
                lowers.layers.add(FileCalls.open(directory, O_PATH | O_DIRECTORY, 0));
            }
            return lowers;
        } catch (RuntimeException e) {
            lowers.close();
            throw e;
        }
    }

    /** The merged root. */
    public Lower root() {
        return layers.isEmpty() ? Lower.NOTHING : new Merged("", layers);
    }

    @Override
    public void close() {
        layers.forEach(Fd::close);
    }

    /** One path in those layers that have a directory there which shows through. */
    private record Merged(String path, List<Fd> among) implements Lower {
        private interface Visit {
            /** False ends the walk down the layers. */
            boolean layer(Fd root, Fd directory);
        }

        /** Goes down the layers to the first that is opaque here. */
        private void each(Visit visit) {
            for (Fd root : among) {
                try (Fd directory = open(root, path.isEmpty() ? "." : path, O_RDONLY)) {
                    if (!visit.layer(root, directory) || Whiteouts.isOpaque(directory)) {
                        return;
                    }
                } catch (SyscallException e) {
                    if (e.is(Errno.EACCES) && Worker.present()) {
                        unread(root, visit);
                        continue;
                    }
                    // The host's own tree may change while it is compared: what is gone is not below.
                    if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
                        throw e;
                    }
                }
            }
        }

        /** One of somebody else's that an ordinary user may walk through and not list: no layer's, so never opaque. */
        private void unread(Fd root, Visit visit) {
            try (Fd directory = open(root, path.isEmpty() ? "." : path, O_PATH)) {
                visit.layer(root, directory);
            } catch (SyscallException e) {
                if (!e.is(Errno.EACCES, Errno.EBADF, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
                    throw e;
                }
            }
        }

        private static Fd open(Fd root, String path, int how) {
            return FileCalls.openat2(root, path, how | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        }

        @Override
        public Optional<Stat> lookup(String name) {
            List<Optional<Stat>> found = new ArrayList<>(1);
            each((root, directory) -> {
                Optional<Stat> stat = FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW);
                stat.ifPresent(s -> found.add(Whiteouts.isWhiteout(directory, name, s) ? Optional.empty() : stat));
                return stat.isEmpty();
            });
            return found.isEmpty() ? Optional.empty() : found.get(0);
        }

        @Override
        public Set<String> names() {
            Set<String> names = new HashSet<>();
            Set<String> hidden = new HashSet<>();
            each((root, directory) -> {
                for (Directory.Entry entry : Directory.list(directory)) {
                    String name = entry.name();
                    if (!names.contains(name) && !hidden.contains(name)) {
                        Stat stat = FileCalls.fstatat(directory, name, AT_SYMLINK_NOFOLLOW);
                        (Whiteouts.isWhiteout(directory, name, stat) ? hidden : names).add(name);
                    }
                }
                return true;
            });
            return names;
        }

        @Override
        public Lower enter(String name) {
            List<Fd> having = new ArrayList<>();
            each((root, directory) -> {
                Optional<Stat> stat = FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW);
                if (stat.isPresent() && stat.get().isDirectory()) {
                    having.add(root);
                }
                return stat.isEmpty() || stat.get().isDirectory();
            });
            return having.isEmpty() ? NOTHING : new Merged(path.isEmpty() ? name : path + "/" + name, having);
        }
    }
}
