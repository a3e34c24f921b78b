package dev.caisson.core.rootfs;

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
import dev.caisson.linux.WorkerPlace;
import org.jspecify.annotations.Nullable;

/**
 * A mount of a container's that is kept for as long as the container: each launch gets a copy of it. Before Linux 6.15 only an attached mount can be copied, so it is
 * attached then, in a mount namespace that nobody is in, or for an ordinary user in his worker's.
 */
public final class HeldMount implements AutoCloseable {
    private final Fd mount;
    private @Nullable Fd namespace;
    private @Nullable WorkerPlace place;

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
            if (!e.is(Errno.EINVAL) || place != null) {
                throw e;
            }
        }
        attach();
        return copy();
    }

    synchronized void attach() {
        if (Worker.present()) {
            WorkerPlace made = WorkerPlace.make();
            place = made; // closed with this one, whatever comes
            made.attach(mount);
            return;
        }
        namespace = PrivateMounts.apart(bench -> {
            FileCalls.mkdirat(bench, "held", 0700);
            try (Fd target = FileCalls.openat(bench, "held", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
                Mounts.moveMount(mount, target);
            }
            return Namespaces.current(Namespaces.Kind.MNT);
        });
    }

    /** With all that is mounted below: in a user namespace the kernel copies nothing without it (EINVAL), since that would show what it covers. */
    private Fd openTree() {
        return Mounts.openTree(mount, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH | Fcntl.AT_RECURSIVE);
    }

    @Override
    public synchronized void close() {
        mount.close();
        if (namespace != null) {
            namespace.close();
        }
        if (place != null) {
            place.close();
            place = null;
        }
    }
}
