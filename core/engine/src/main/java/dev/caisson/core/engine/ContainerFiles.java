package dev.caisson.core.engine;

import dev.caisson.core.rootfs.DetachedMounts;
import dev.caisson.UserNamespace;
import dev.caisson.core.spec.EtcFiles;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One container's directories: {@code engines/<id>/containers/<cid>} on disk and {@code state/<cid>} in the run directory, which holds its /etc files. */
final class ContainerFiles {
    private static final int MAX_FILE = 1 << 20;

    private final EngineHome home;
    private final String id;
    private final Fd state;
    private boolean etcMade;

    private ContainerFiles(EngineHome home, String id, Fd state) {
        this.home = home;
        this.id = id;
        this.state = state;
    }

    static ContainerFiles make(EngineHome home, String id) {
        FileCalls.mkdirat(home.containers(), id, 0700);
        return new ContainerFiles(home, id, FileCalls.openat(home.containers(), id, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0));
    }

    /** Those of a container that has outlived its engine. @param etc whether its /etc files are there */
    static ContainerFiles adopt(EngineHome home, String id, boolean etc) {
        ContainerFiles files = new ContainerFiles(home, id, FileCalls.openat(home.containers(), id, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0));
        files.etcMade = etc;
        return files;
    }

    /** The directory on disk. */
    Fd state() {
        return state;
    }

    Path statePath() {
        return home.state().resolve("containers").resolve(id);
    }

    /** Writes the /etc files and returns a detached mount of each, by target. They belong to root, or to whom that is in a user namespace. */
    Map<String, Fd> etc(EtcFiles files, UserNamespace.@Nullable Mapped users) {
        FileCalls.mkdirat(home.runContainers(), id, 0700);
        etcMade = true;
        Map<String, Fd> mounts = new LinkedHashMap<>();
        try (Fd directory = FileCalls.openat(home.runContainers(), id, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            mounts.put("/etc/hostname", file(directory, "hostname", files.hostname(), users));
            mounts.put("/etc/hosts", file(directory, "hosts", files.hosts(), users));
            mounts.put("/etc/resolv.conf", file(directory, "resolv.conf", files.resolvConf(), users));
            return mounts;
        } catch (RuntimeException e) {
            mounts.values().forEach(Fd::close);
            throw e;
        }
    }

    /** Whether it has /etc files. */
    boolean hasEtc() {
        return etcMade;
    }

    /** The same files once more, as the container left them. */
    Map<String, Fd> etcAgain() {
        Map<String, Fd> mounts = new LinkedHashMap<>();
        try (Fd directory = FileCalls.openat(home.runContainers(), id, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            for (String name : java.util.List.of("hostname", "hosts", "resolv.conf")) {
                try (Fd file = FileCalls.openat(directory, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0)) {
                    mounts.put("/etc/" + name, mount(file));
                }
            }
        }
        return mounts;
    }

    /** Changes a file of /etc in place, as it is bound. What the container has made of it is kept; a file too large to be read is left alone. */
    void change(String name, UnaryOperator<String> change) {
        try (Fd directory = FileCalls.openat(home.runContainers(), id, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0);
                Fd file = FileCalls.openat(directory, name, Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_APPEND, 0)) {
            ByteBuffer content = ByteBuffer.allocate(MAX_FILE + 1);
            while (content.hasRemaining() && FileCalls.pread(file, content, content.position()) > 0) {
                // to the end
            }
            if (content.position() <= MAX_FILE) {
                String before = new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
                byte[] after = change.apply(before).getBytes(StandardCharsets.UTF_8);
                FileCalls.ftruncate(file, 0);
                FileCalls.writeAll(file, ByteBuffer.wrap(after));
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) { // it is being removed
                throw e;
            }
        }
    }

    private static Fd file(Fd directory, String name, String content, UserNamespace.@Nullable Mapped users) {
        try (Fd file = FileCalls.openat(directory, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0644)) {
            FileCalls.fchmodat2(file, "", 0644, Fcntl.AT_EMPTY_PATH); // every user of the container reads it, whatever the JVM's umask
            if (users != null) {
                FileCalls.fchownat(file, "", (int) users.user(0), (int) users.group(0), Fcntl.AT_EMPTY_PATH);
            }
            FileCalls.writeAll(file, ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
            return mount(file);
        }
    }

    private static Fd mount(Fd file) {
        return DetachedMounts.bind(file, false, false);
    }

    /** Leaves them to another engine. */
    void close() {
        state.close();
    }

    /** Removes both directories and all below them. */
    void remove() {
        state.close();
        if (etcMade) {
            removeTree(home.runContainers());
        }
        removeTree(home.containers());
    }

    private void removeTree(Fd parent) {
        try (SafeRoot root = SafeRoot.of(parent.dup())) {
            root.removeTree(id);
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }
}
