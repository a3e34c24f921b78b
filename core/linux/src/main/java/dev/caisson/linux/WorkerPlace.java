package dev.caisson.linux;

import java.util.Objects;

/**
 * A place in the mount namespace of a {@link Worker} for what older kernels do with attached mounts alone; what {@link PrivateMounts} is where the caller is root. No
 * path leads there.
 */
public final class WorkerPlace implements AutoCloseable {
    private final Worker worker;
    private final Fd bench;
    private final String name;

    private WorkerPlace(Worker worker, Fd bench, String name) {
        this.worker = worker;
        this.bench = bench;
        this.name = name;
    }

    /** An empty one of the worker that the calling thread is inside of. */
    public static WorkerPlace make() {
        Worker worker = Objects.requireNonNull(Worker.ofThread(), "outside of a worker there are mount namespaces of one's own");
        Fd bench = worker.bench();
        String name = worker.number();
        FileCalls.mkdirat(bench, name, 0700);
        return new WorkerPlace(worker, bench, name);
    }

    /** What is there: the root of what is mounted. */
    public Fd open() {
        return FileCalls.openat(bench, name, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
    }

    /** Attaches a detached mount, which its descriptor still names. */
    public void attach(Fd mount) {
        try (Fd target = open()) {
            Mounts.moveMount(mount, target);
        }
    }

    /** mount(2), on it. */
    public void mount(String type, long flags, String data) {
        try (Fd target = open()) {
            Mounts.mount(type, "/proc/self/fd/" + target.value(), type, flags, data);
        }
    }

    /** What is mounted goes with the last descriptor of it. */
    @Override
    public void close() {
        worker.inside(() -> {
            try (Fd top = open()) {
                Mounts.umount2("/proc/self/fd/" + top.value(), MountFlags.MNT_DETACH);
            } catch (SyscallException e) {
                if (!e.is(Errno.EINVAL)) { // nothing was mounted
                    throw e;
                }
            }
            return FileCalls.unlinkatIfPresent(bench, name, Fcntl.AT_REMOVEDIR);
        });
    }
}
