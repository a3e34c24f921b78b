package dev.caisson.linux;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Runs work inside another namespace on one platform thread of its own, and takes that thread back afterwards. If it cannot
 * go back, the thread ends with the work and the next call has a new one: no later work runs in the wrong place.
 */
public final class NamespaceThread implements AutoCloseable {
    private final Namespaces.Kind kind;
    private final Fd home;
    private @Nullable ExecutorService worker;

    /** Home is the namespace the calling thread is in. */
    public NamespaceThread(Namespaces.Kind kind) {
        this.kind = kind;
        this.home = Namespaces.current(kind);
    }

    /**
     * Runs work on a thread of its own in a new namespace, which ends with the thread unless the work has left something that holds it.
     *
     * @throws CompletionException around a checked exception of the work; unchecked ones and errors come as they are
     */
    public static <T> T apart(Namespaces.Kind kind, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(() -> {
            Namespaces.unshare(kind.flag()); // moves the thread that calls it
            return work.call();
        });
        Thread thread = new Thread(task, "caisson-" + kind.proc() + "-apart");
        thread.setDaemon(true);
        thread.start();
        return await(task);
    }

    /**
     * Runs the work inside and waits for it, also when interrupted (the interrupt is kept). Calls follow one another.
     *
     * @throws CompletionException around a checked exception of the work; unchecked ones and errors come as they are
     */
    public <T> T call(Fd namespace, Callable<T> work) {
        Future<T> result = submit(() -> {
            Namespaces.setns(namespace, kind);
            try {
                return work.call();
            } finally {
                goHome();
            }
        });
        return await(result);
    }

    private synchronized <T> Future<T> submit(Callable<T> task) {
        ExecutorService current = worker;
        if (current == null) {
            // A new native thread begins in the namespaces of the one that makes it, so every task says where it runs.
            current = Executors.newSingleThreadExecutor(loop -> {
                Thread thread = new Thread(loop, "caisson-" + kind.proc() + "-namespace");
                thread.setDaemon(true);
                return thread;
            });
            worker = current;
        }
        return current.submit(task);
    }

    private void goHome() {
        try {
            Namespaces.setns(home, kind);
        } catch (SyscallException | IllegalStateException stuck) {
            abandon();
        }
    }

    private synchronized void abandon() {
        if (worker != null) {
            worker.shutdown();
            worker = null;
        }
    }

    private static <T> T await(Future<T> result) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RuntimeException) {
                throw (RuntimeException) cause;
            }
            if (cause instanceof Error) {
                throw (Error) cause;
            }
            throw new CompletionException(cause);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        abandon();
        home.close();
    }
}
