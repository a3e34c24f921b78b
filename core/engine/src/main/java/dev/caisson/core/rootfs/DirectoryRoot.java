package dev.caisson.core.rootfs;

import dev.caisson.InvalidSpec;
import dev.caisson.RootSource;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code rootfs(Path)}: a directory of the host, copy-on-write or itself. */
public final class DirectoryRoot {
    private DirectoryRoot() {}

    /**
     * @param mountPoints {@link MountPoints}
     * @param state the container's directory on disk
     * @param users the user namespace through which it is seen; null for the host's
     */
    public static OpenRoot open(RootSource.Directory source, Path mountPoints, Fd state, Path statePath, @Nullable SeenBy users) {
        try {
            if (source.writable()) {
                try (Fd directory = FileCalls.open(source.path(), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
                    HeldMount root = new HeldMount(DetachedMounts.bind(directory, false, false));
                    return new OpenRoot(root, List.of(), List.of(), List.of(), List::of, root::close);
                }
            }
            OverlayDirectory overlay = new OverlayDirectory(source.path(), List.of(mountPoints), state, statePath, "");
            HeldMount root = new HeldMount(overlay.mount(users));
            return new OpenRoot(root, List.of(), List.of(), List.of(), () -> overlay.changes(""), root::close, overlay.warnings("rootfs(" + source.path() + ")"));
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.ENOTDIR)) {
                throw new InvalidSpec("rootfs(" + source.path() + ")", e.getMessage(), "give an existing directory");
            }
            throw e;
        }
    }
}
