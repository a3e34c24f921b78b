package dev.caisson.logging.file;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_APPEND;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_EXCL;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_NONBLOCK;
import static dev.caisson.linux.Fcntl.O_RDONLY;
import static dev.caisson.linux.Fcntl.O_RDWR;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The files of one log in their directory: {@code NAME}, which is written, {@code NAME.1} (newest) to {@code NAME.N}, each plain
 * or {@code .gz}. All by descriptor of the directory and never through a symbolic link, whatever someone put in the place of one.
 */
public final class LogFiles implements AutoCloseable {
    private static final String GZ = ".gz";
    private static final String TEMPORARY = ".gz.tmp";
    private static final int MODE = 0640;
    private static final int SNAPSHOTS = 200;
    /** How often it is looked for before it is believed that no file is written. */
    private static final int WITHOUT_CURRENT = 20;

    private final Path path;
    private final String name;
    private final Fd directory;

    private LogFiles(Path path, String name, Fd directory) {
        this.path = path;
        this.name = name;
        this.directory = directory;
    }

    /**
     * Opens the directory.
     *
     * @param directory of the engine's own: neither group nor others may write in it (EPERM)
     */
    public static LogFiles in(Path directory, String name) {
        Fd fd = FileCalls.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        if ((FileCalls.fstat(fd).mode() & 022) != 0) {
            fd.close();
            throw new SyscallException("open", directory.toString(), Errno.EPERM, "others may write in this directory; chmod 0700 it");
        }
        return new LogFiles(directory.resolve(name), name, fd);
    }

    /** The same log, its directory opened anew: for reading after the writer closed. */
    public LogFiles again() {
        return in(Objects.requireNonNull(path.getParent(), "in(Path, String) gave it one"), name);
    }

    /** The file that is written, for messages. */
    public Path path() {
        return path;
    }

    /** Opens the file that is written, which is made if it is missing. */
    Fd openCurrent() {
        try {
            return createCurrent();
        } catch (SyscallException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            return regular(FileCalls.openat(directory, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0), name);
        }
    }

    /** Opens a new file to be written. */
    Fd createCurrent() {
        return created(name, O_APPEND);
    }

    private Fd created(String file, int flags) {
        Fd fd = FileCalls.openat(directory, file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | flags, MODE);
        // Whatever the umask is.
        FileCalls.fchmodat2(fd, "", MODE, AT_EMPTY_PATH);
        return fd;
    }

    private static Fd regular(Fd fd, String file) {
        if (!FileCalls.fstat(fd).isRegular()) {
            fd.close();
            throw new SyscallException("open", file, Errno.EINVAL, "not a regular file");
        }
        return fd;
    }

    /** Makes room for a new file: {@code NAME} becomes {@code NAME.1} and so on; at most {@code keep} remain. */
    void shift(int keep) {
        remove(keep);
        for (int i = keep - 1; i >= 1; i--) {
            rename(name + "." + i, name + "." + (i + 1));
            rename(name + "." + i + GZ, name + "." + (i + 1) + GZ);
        }
        if (keep > 0) {
            rename(name, name + ".1");
        } else {
            // Not truncated: who reads it goes on reading what was there.
            FileCalls.unlinkatIfPresent(directory, name, 0);
        }
    }

    private void remove(int number) {
        if (number > 0) {
            FileCalls.unlinkatIfPresent(directory, name + "." + number, 0);
            FileCalls.unlinkatIfPresent(directory, name + "." + number + GZ, 0);
        }
    }

    private void rename(String from, String to) {
        try {
            FileCalls.renameat2(directory, from, directory, to, 0);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    /** Compresses {@code NAME.1}; it is there, plain or compressed, at any instant. */
    void compressNewest() throws IOException {
        String plain = name + ".1";
        String temporary = name + TEMPORARY;
        FileCalls.unlinkatIfPresent(directory, temporary, 0);
        try (Fd from = read(plain); Fd to = created(temporary, 0)) {
            Gzip.compress(from, to);
        } catch (SyscallException | IOException e) {
            FileCalls.unlinkatIfPresent(directory, temporary, 0);
            throw e;
        }
        FileCalls.renameat2(directory, temporary, directory, plain + GZ, 0);
        FileCalls.unlinkat(directory, plain, 0);
    }

    private Fd read(String file) {
        return regular(FileCalls.openat(directory, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0), file);
    }

    /**
     * All files at one instant, oldest first. The file that is written is opened first: as long as it is open its inode is no other file's, so that no
     * rotation can pass unseen.
     */
    List<LogPiece> snapshot() {
        for (int i = 0; i < SNAPSHOTS; i++) {
            List<LogPiece> pieces = new ArrayList<>();
            Optional<Fd> current = Optional.empty();
            try {
                current = current();
                for (int number : numbers().descendingSet()) {
                    pieces.add(rotated(number));
                }
                current.ifPresent(fd -> pieces.add(LogPiece.plain(name, fd)));
                // There is none for an instant while it is rotated, and for good where a crash met that instant.
                if (current.isPresent() ? isCurrent(current.get()) : i >= WITHOUT_CURRENT && FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW).isEmpty()) {
                    return pieces;
                }
            } catch (SyscallException e) {
                if (!e.is(Errno.ENOENT)) {
                    close(pieces, current);
                    throw e;
                }
            }
            // It was rotated or compressed meanwhile.
            close(pieces, current);
        }
        throw new SyscallException("open", path.toString(), Errno.EAGAIN, "the log was rotated " + SNAPSHOTS + " times while it was opened");
    }

    private static void close(List<LogPiece> pieces, Optional<Fd> current) {
        pieces.forEach(LogPiece::close);
        current.ifPresent(Fd::close); // once more does nothing
    }

    private Optional<Fd> current() {
        try {
            return Optional.of(read(name));
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private boolean isCurrent(Fd file) {
        Stat opened = FileCalls.fstat(file);
        return FileCalls.fstatatIfPresent(directory, name, AT_SYMLINK_NOFOLLOW).filter(opened::isSameFile).isPresent();
    }

    private LogPiece rotated(int number) {
        String plain = name + "." + number;
        return FileCalls.fstatatIfPresent(directory, plain, AT_SYMLINK_NOFOLLOW).isPresent()
                ? LogPiece.plain(plain, read(plain))
                : LogPiece.gzip(plain + GZ, read(plain + GZ));
    }

    private TreeSet<Integer> numbers() {
        TreeSet<Integer> numbers = new TreeSet<>();
        try (Fd listing = FileCalls.openat(directory, ".", O_RDONLY | O_DIRECTORY, 0)) {
            for (Directory.Entry entry : Directory.list(listing)) {
                String file = entry.name();
                if (file.startsWith(name + ".")) {
                    String number = file.substring(name.length() + 1, file.endsWith(GZ) ? file.length() - GZ.length() : file.length());
                    if (number.matches("[1-9][0-9]{0,5}")) {
                        numbers.add(Integer.valueOf(number));
                    }
                }
            }
        }
        return numbers;
    }

    @Override
    public void close() {
        directory.close();
    }
}
