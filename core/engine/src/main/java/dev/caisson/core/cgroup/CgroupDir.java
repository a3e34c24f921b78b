package dev.caisson.core.cgroup;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** An open cgroup directory. Every name is looked up beneath it, on its own file system and through no link. */
final class CgroupDir implements AutoCloseable {
    private static final long BENEATH = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_MAGICLINKS | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_XDEV;

    private final Fd fd;
    private final String path;

    private CgroupDir(Fd fd, String path) {
        this.fd = fd;
        this.path = path;
    }

    /** The root of a mount; the only path that is looked up from the root of the file system. */
    static CgroupDir mount(String mountPoint) {
        return new CgroupDir(FileCalls.open(mountPoint, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0), mountPoint);
    }

    CgroupDir open(String name) {
        return new CgroupDir(named(name, () -> FileCalls.openat2(fd, name.isEmpty() ? "." : name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0, BENEATH)),
                name.isEmpty() ? path : path + "/" + name);
    }

    /** Open for the guard: it can name what is beneath, and nothing else. */
    Fd handle() {
        return FileCalls.openat2(fd, ".", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0, BENEATH);
    }

    Fd fd() {
        return fd;
    }

    String path() {
        return path;
    }

    boolean makeIfAbsent(String name) {
        return named(name, () -> FileCalls.mkdiratIfAbsent(fd, name, 0755));
    }

    void make(String name) {
        named(name, () -> {
            FileCalls.mkdirat(fd, name, 0755);
            return 0;
        });
    }

    boolean exists(String name) {
        return FileCalls.fstatatIfPresent(fd, name, Fcntl.AT_SYMLINK_NOFOLLOW).isPresent();
    }

    /** Its number, which the kernel gives to none that is made later; empty if there is none. */
    Optional<String> identity(String name) {
        return FileCalls.fstatatIfPresent(fd, name, Fcntl.AT_SYMLINK_NOFOLLOW).map(stat -> Long.toUnsignedString(stat.ino()));
    }

    /** In one write(2), which the kernel takes or refuses as a whole. */
    void write(String file, String value) {
        named(file, () -> {
            try (Fd open = FileCalls.openat2(fd, file, Fcntl.O_WRONLY, 0, BENEATH)) {
                ByteBuffer bytes = ByteBuffer.allocateDirect(value.length());
                FileCalls.writeAll(open, bytes.put(value.getBytes(StandardCharsets.US_ASCII)).flip());
            }
            return 0;
        });
    }

    String read(String file) {
        return named(file, () -> {
            try (Fd open = FileCalls.openat2(fd, file, Fcntl.O_RDONLY, 0, BENEATH)) {
                ByteBuffer page = ByteBuffer.allocateDirect(4096);
                StringBuilder text = new StringBuilder();
                while (FileCalls.read(open, page) > 0) {
                    text.append(StandardCharsets.US_ASCII.decode(page.flip()));
                    page.clear();
                }
                return text.toString();
            }
        });
    }

    /** Empty if the cgroup or the file is gone. */
    Optional<String> readIfPresent(String file) {
        try {
            return Optional.of(read(file));
        } catch (SyscallException e) {
            // ENODEV: the cgroup was removed between open and read.
            if (e.is(Errno.ENOENT, Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    Set<String> words(String file) {
        return Set.of(read(file).strip().split("\\s+")).stream().filter(w -> !w.isEmpty()).collect(Collectors.toSet());
    }

    Set<String> files() {
        return Directory.list(fd).stream().filter(e -> e.type() != Directory.DT_DIR).map(Directory.Entry::name).collect(Collectors.toSet());
    }

    List<String> children() {
        List<String> names = new ArrayList<>();
        Directory.list(fd).stream().filter(e -> e.type() == Directory.DT_DIR).forEach(e -> names.add(e.name()));
        return names;
    }

    /** False if it is not there any more. */
    boolean remove(String name) {
        return named(name, () -> FileCalls.unlinkatIfPresent(fd, name, Fcntl.AT_REMOVEDIR));
    }

    @Override
    public void close() {
        fd.close();
    }

    private interface Call<T> {
        T run();
    }

    /** Errors name the path, not a descriptor's number. */
    private <T> T named(String name, Call<T> call) {
        try {
            return call.run();
        } catch (SyscallException e) {
            throw new SyscallException(e.call(), path + (name.isEmpty() ? "" : "/" + name), e.errno(), e.detail());
        }
    }
}
