package dev.caisson.linux;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * Work in a mount namespace that nobody else sees, for what older kernels do with attached mounts alone. A thread of its own does it and ends with it, since unshare(2)
 * and setns(2) leave a thread where it went.
 */
public final class PrivateMounts {
    private static final int CLONE_FS = 0x200;

    private PrivateMounts() {}

    /** What is done there. */
    @FunctionalInterface
    public interface Work<T> {
        /** @param bench an empty directory in memory, the working directory */
        T on(Fd bench);
    }

    /** Does the work in a new namespace, a private copy of the caller's; it goes when nothing refers to it any more. */
    public static <T> T apart(Work<T> work) {
        return onItsOwnThread(() -> copied(work));
    }

    /**
     * Does the work in a new namespace that has nothing but the bench.
     *
     * @return the namespace, the caller's
     */
    public static Fd alone(Consumer<Fd> work) {
        return onItsOwnThread(() -> copied(bench -> {
            Fd namespace = Namespaces.current(Namespaces.Kind.MNT);
            try {
                Arena arena = Arena.begin();
                long here = arena.string(".");
                Kernel.check(Kernel.raw(Nr.PIVOT_ROOT, here, here, 0, 0, 0, 0), "pivot_root", "."); // pivot_root(2): then the old root lies on the new one
                Mounts.umount2(".", MountFlags.MNT_DETACH);
                work.accept(bench);
                return namespace;
            } catch (RuntimeException e) {
                namespace.close();
                throw e;
            }
        }));
    }

    private static <T> T copied(Work<T> work) {
        Namespaces.unshare(Namespaces.Kind.MNT.flag());
        Mounts.mountSetattr(Fd.CWD, "/", Fcntl.AT_RECURSIVE, 0, 0, MountFlags.MS_PRIVATE, -1);
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Mounts.fsconfigCreate(fs);
            try (Fd bench = Mounts.fsmount(fs, 0); Fd root = FileCalls.open("/", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
                Mounts.moveMount(bench, root);
                Kernel.fd("fchdir", Nr.FCHDIR, bench, 0, 0, 0, 0, 0);
                return work.on(bench);
            }
        }
    }

    /** Does the work in such a namespace. */
    public static <T> T inside(Fd namespace, Callable<T> work) {
        return onItsOwnThread(() -> {
            Namespaces.unshare(CLONE_FS); // setns(2): EINVAL while the file system context is shared
            Namespaces.setns(namespace, Namespaces.Kind.MNT);
            return work.call();
        });
    }

    private static <T> T onItsOwnThread(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "caisson-mounts");
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join(); // not only the result: nobody may see the thread where it went
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            return task.get();
        } catch (InterruptedException e) {
            throw new IllegalStateException("a task that is done does not block", e);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new CompletionException(e.getCause());
        }
    }
}
