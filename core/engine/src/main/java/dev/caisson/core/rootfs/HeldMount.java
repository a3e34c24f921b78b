package dev.caisson.core.rootfs;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.PrivateMounts;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import org.jspecify.annotations.Nullable;

/**
 * A mount of a container's that is kept for as long as the container: each launch gets a copy of it. Before Linux 6.15 only an attached mount can be copied, so it is
 * attached then, in a mount namespace that nobody is in.
 */
public final class HeldMount implements AutoCloseable {
    private final Fd mount;
    private @Nullable Fd namespace;

    /** @param mount detached, now this one's */
    HeldMount(Fd mount) {
        this.mount = mount;
    }

    /** To look into it. */
    public Fd fd() {
        return mount;
    }

    /**
     * A detached mount of the same, for a launch.
     *
     * @param last whether no other launch follows: the mount itself will do then, which costs less
     */
    public Fd forLaunch(boolean last) {
        return last ? mount.dup() : copy();
    }

    private synchronized Fd copy() {
        Fd home = namespace;
        if (home != null) {
            return PrivateMounts.inside(home, this::openTree);
        }
        try {
            return openTree();
        } catch (SyscallException e) {
            if (!e.is(Errno.EINVAL)) {
                throw e;
            }
            if (Worker.present()) {
                throw new UnsupportedOnThisHost(Stage.ROOTFS, "this kernel copies no detached mount, which an ordinary user's run() needs: " + e.getMessage(),
                        "Linux 6.15 or newer, execute(), or run the JVM as root", e);
            }
        }
        attach();
        return copy();
    }

    synchronized void attach() {
        namespace = PrivateMounts.apart(bench -> {
            FileCalls.mkdirat(bench, "held", 0700);
            try (Fd target = FileCalls.openat(bench, "held", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
                Mounts.moveMount(mount, target);
            }
            return Namespaces.current(Namespaces.Kind.MNT);
        });
    }

    private Fd openTree() {
        return Mounts.openTree(mount, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH);
    }

    @Override
    public synchronized void close() {
        mount.close();
        if (namespace != null) {
            namespace.close();
        }
    }
}
