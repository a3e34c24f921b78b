package dev.caisson.core.streams;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.Worker;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A null device that is not the host's. A process may change owner, mode and times of whatever it has open, and root in a container is root of the host's
 * /dev/null too; so what is handed out lies on a file system of the engine's own, attached nowhere and read-only (opening a device for writing is no write to
 * its file system).
 */
public final class NullDevice implements AutoCloseable {
    private static final String NAME = "null";
    private static final int CHARACTER_0666 = 0x2000 | 0666;
    private @Nullable Fd mount;

    /** @param flags O_RDONLY, O_WRONLY or O_RDWR */
    public Fd open(int flags) {
        if (Worker.present()) {
            return FileCalls.open("/dev/null", flags, 0); // an ordinary user can change nothing of it, nor can his containers
        }
        return FileCalls.openat(mount(), NAME, flags | Fcntl.O_NOFOLLOW, 0);
    }

    /** Made at the first use, kept for the next. */
    private synchronized Fd mount() {
        Fd made = mount;
        if (made == null) {
            made = make();
            mount = made;
        }
        return made;
    }

    private static Fd make() {
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Map.of("size", "4k", "nr_inodes", "2", "mode", "0700").forEach((key, value) -> Mounts.fsconfigString(fs, key, value));
            Mounts.fsconfigCreate(fs);
            Fd mount = Mounts.fsmount(fs, MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NOEXEC);
            try {
                FileCalls.mknodat(mount, NAME, CHARACTER_0666, 1, 3);
                FileCalls.fchmodat2(mount, NAME, 0666, 0); // whatever the JVM's umask
                Mounts.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_RDONLY, 0, 0, -1);
                return mount;
            } catch (RuntimeException e) {
                mount.close();
                throw e;
            }
        }
    }

    @Override
    public synchronized void close() {
        if (mount != null) {
            mount.close();
        }
    }
}
