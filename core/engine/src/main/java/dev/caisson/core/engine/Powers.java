package dev.caisson.core.engine;

import dev.caisson.UserNamespace;
import dev.caisson.core.rootless.IdMaps;
import dev.caisson.core.rootless.WorkerProcess;
import dev.caisson.linux.Fd;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * By whom an engine's mounts and files are made: by the calling thread where the JVM is root, by the worker where it is an ordinary user. The one seam between the
 * two: what runs in {@link #with} knows no difference.
 */
final class Powers implements AutoCloseable {
    private final @Nullable WorkerProcess worker;

    private Powers(@Nullable WorkerProcess worker) {
        this.worker = worker;
    }

    /** @throws dev.caisson.UnsupportedOnThisHost if the JVM is an ordinary user who may not have a user namespace */
    static Powers ofThisProcess() {
        return new Powers(WorkerProcess.needed() ? WorkerProcess.start() : null);
    }

    /** Whether the JVM is an ordinary user. */
    boolean rootless() {
        return worker != null;
    }

    /** Of an ordinary user: whom his containers' users are on the host. */
    Optional<IdMaps> ids() {
        return Optional.ofNullable(worker).map(WorkerProcess::ids);
    }

    /** The maps every container of an ordinary user has; null for root, whose containers have a user namespace only where they ask for one. */
    UserNamespace.@Nullable Mapped maps() {
        return worker == null ? null : worker.ids().maps();
    }

    /** Those of one container, in numbers of the engine's own user namespace where it keeps a user, else the host's. */
    UserNamespace.@Nullable Mapped maps(UserNamespace wanted) {
        UserNamespace.Mapped kept = kept(wanted);
        return kept == null ? maps() : kept;
    }

    /** Of an ordinary user's container that keeps him or has maps of its own: whom its users are in the worker's user namespace, which makes its files; else null. */
    UserNamespace.@Nullable Mapped kept(UserNamespace wanted) {
        if (worker == null) {
            return null;
        }
        return wanted instanceof UserNamespace.KeepId keep ? KeptUser.maps(keep, worker.ids()) : wanted instanceof UserNamespace.Mapped chosen ? ChosenUsers.maps(chosen, worker.ids()) : null;
    }

    /** Whether the kernel lets processes of containers change their supplementary groups. */
    boolean canSetGroups() {
        return worker == null || worker.ids().subordinate();
    }

    /** The user namespace in which the guard begins. */
    Optional<Fd> namespace() {
        return Optional.ofNullable(worker).map(WorkerProcess::namespace);
    }

    /** Does something that makes mounts or names files of containers. Not what it starts on other threads. */
    <T> T with(Supplier<T> work) {
        return worker == null ? work.get() : worker.worker().inside(work);
    }

    /** As {@link #with(Supplier)}. */
    void with(Runnable work) {
        with(() -> {
            work.run();
            return true;
        });
    }

    /** A room of the engine's each call of which runs in {@link #with}. */
    <T> T around(Class<T> type, T room) {
        return worker == null ? room : type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> with(() -> {
            try {
                return method.invoke(room, arguments);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(type + " is public", e);
            }
        })));
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
    }
}
