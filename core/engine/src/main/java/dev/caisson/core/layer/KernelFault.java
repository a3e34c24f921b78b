package dev.caisson.core.layer;

import dev.caisson.ContainerException;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import org.jspecify.annotations.Nullable;

/** Says whether a refusal of the kernel is the archive's fault or the host's, and what helps. */
final class KernelFault {
    private KernelFault() {}

    /** @param entry what was being unpacked; null once there is none */
    static ContainerException of(SyscallException e, Fault fault, @Nullable TarEntry entry) {
        Worker.Users users = Worker.users().orElse(null);
        if (users != null && entry != null && e.call().equals("fchownat")) {
            if (e.is(Errno.EINVAL)) {
                return new StorageProblem(Stage.UNPACK, "unpacking " + fault.where() + ": its owner " + entry.uid() + ":" + entry.gid() + " is none of the " + users.has() + " that containers of "
                        + "this ordinary user have" + (users.without().isEmpty() ? "" : ", since " + users.without()) + ": " + e.getMessage(), users.remedy(), e);
            }
            if (e.is(Errno.EPERM, Errno.EACCES)) {
                return new StorageProblem(Stage.UNPACK, "unpacking " + fault.where() + ": the file system where the engine's root lies does not let an ordinary user's subordinate ids have files there, as NFS does "
                        + "not: " + e.getMessage(), "put the engine's root on a local disk: $XDG_DATA_HOME, CAISSON_ROOT or Engine.builder().root(…)", e);
            }
        }
        if (e.is(Errno.ENAMETOOLONG, Errno.ELOOP, Errno.ENOTDIR, Errno.EISDIR, Errno.ENOENT, Errno.EINVAL, Errno.EFBIG, Errno.ERANGE, Errno.E2BIG, Errno.EMLINK,
                Errno.EXDEV)) {
            return fault.malformed(e.getMessage(), e);
        }
        return new StorageProblem(Stage.UNPACK, "unpacking " + fault.where() + ": " + e.getMessage(), remedy(e), e);
    }

    private static String remedy(SyscallException e) {
        if (e.is(Errno.ENOSPC, Errno.EDQUOT)) {
            return "free disk space or inodes where the engine's root lies, or remove images";
        }
        if (e.is(Errno.EOPNOTSUPP) || e.call().contains("xattr")) {
            return "put the engine's root on a file system that keeps extended attributes, such as ext4, xfs or btrfs, and run with CAP_SETFCAP";
        }
        if (e.is(Errno.EPERM, Errno.EACCES)) {
            return "run the engine as root, or in a user namespace that maps the owners of this layer; device nodes need CAP_MKNOD";
        }
        return e.is(Errno.EROFS) ? "the engine's root is on a read-only file system" : e.is(Errno.EMFILE, Errno.ENFILE) ? "raise RLIMIT_NOFILE" : "";
    }
}
