package dev.caisson.core.rootfs;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.MountSpec;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Turns a {@link MountSpec} into a detached mount. */
public final class DetachedMounts {
    /** fsconfig(2) takes strings of at most 255 bytes. */
    private static final int MAX_OPTION = 255;

    private DetachedMounts() {}

    /**
     * A detached mount.
     *
     * @throws SyscallException with the file system's own words, if the kernel refuses
     */
    public static Fd make(MountSpec spec) {
        return make(spec, null);
    }

    /** The same, seen through a user namespace: each layer of an overlay, or else the mount itself (mount_setattr(2), MOUNT_ATTR_IDMAP). */
    static Fd make(MountSpec spec, @Nullable SeenBy users) {
        if (spec.type().equals("overlay")) {
            return OverlayMount.make(spec, users);
        }
        Fd mount = plain(spec);
        if (users == null) {
            return mount;
        }
        try {
            map(mount, users.namespace());
            return mount;
        } catch (RuntimeException e) {
            mount.close();
            throw e;
        }
    }

    private static Fd plain(MountSpec spec) {
        if (spec.type().equals("bind")) {
            Path source = java.util.Objects.requireNonNull(spec.source(), "a bind has a source");
            try (Fd directory = FileCalls.open(source, Fcntl.O_PATH, 0)) {
                return bind(directory, false, spec.readOnly());
            }
        }
        try (Fd fs = Mounts.fsopen(spec.type())) {
            Path source = spec.source();
            if (source != null) {
                Mounts.fsconfigString(fs, "source", source.toString());
            }
            spec.options().forEach(option -> configure(fs, option));
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, spec.readOnly() ? MountFlags.MOUNT_ATTR_RDONLY : 0);
        }
    }

    /** A private copy of what is mounted at a descriptor, seen through a user namespace. */
    static Fd mapped(Fd source, Fd users) {
        Fd mount = Mounts.openTree(source, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH);
        try {
            Mounts.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_IDMAP, 0, MountFlags.MS_PRIVATE, users.value());
            return mount;
        } catch (RuntimeException e) {
            mount.close();
            throw e;
        }
    }

    static void map(Fd mount, Fd users) {
        Mounts.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_IDMAP, 0, 0, users.value());
    }

    /**
     * A private copy of what is mounted at a descriptor.
     *
     * @param recursive with what is mounted below it
     * @param readOnly with everything below it
     */
    public static Fd bind(Fd source, boolean recursive, boolean readOnly) {
        int recursion = recursive ? Fcntl.AT_RECURSIVE : 0;
        Fd mount = Mounts.openTree(source, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH | recursion);
        try {
            Mounts.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH | recursion, readOnly ? MountFlags.MOUNT_ATTR_RDONLY : 0, 0, MountFlags.MS_PRIVATE, -1);
            return mount;
        } catch (RuntimeException e) {
            mount.close();
            throw e;
        }
    }

    /** A private, writable or read-only, view of a directory, whose numbers of owners are those inside of a user namespace. */
    public static Fd bind(Fd source, boolean readOnly, @Nullable SeenBy users) {
        Fd mount = bind(source, false, readOnly);
        try {
            if (users != null) {
                map(mount, users.namespace());
            }
            return mount;
        } catch (RuntimeException e) {
            mount.close();
            throw e;
        }
    }

    /** An empty directory in memory. @param mode its permissions */
    public static Fd memory(int mode) {
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Mounts.fsconfigString(fs, "mode", Integer.toOctalString(mode));
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_NOEXEC);
        }
    }

    static void configure(Fd fs, MountSpec.Option option) {
        Path path = option.path();
        String text = option.text();
        if (path != null) {
            configurePath(fs, option.key(), path);
        } else if (text != null) {
            Mounts.fsconfigString(fs, option.key(), text);
        } else {
            Mounts.fsconfigFlag(fs, option.key());
        }
    }

    /** overlayfs unescapes backslashes and older ones cut at colons and commas, so such a path, and one too long, goes by a descriptor. */
    private static void configurePath(Fd fs, String key, Path path) {
        String text = path.toString();
        if (text.length() <= MAX_OPTION / 3 || text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length <= MAX_OPTION) {
            if (text.indexOf('\\') < 0 && text.indexOf(':') < 0 && text.indexOf(',') < 0) {
                Mounts.fsconfigString(fs, key, text);
                return;
            }
        }
        try (Fd directory = FileCalls.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            try {
                Mounts.fsconfigFd(fs, key, directory);
            } catch (SyscallException e) {
                if (!e.is(Errno.EINVAL)) {
                    throw e;
                }
                Mounts.fsconfigString(fs, key, "/proc/self/fd/" + directory.value()); // before Linux 6.13
            }
        }
    }
}
