package dev.caisson.core.engine;

import dev.caisson.Secret;
import dev.caisson.UserNamespace;
import dev.caisson.core.rootfs.DetachedMounts;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A container's secrets: a file system in memory that only its mount namespace has, never the host's mount table, never a disk. */
final class SecretFiles {
    static final String TARGET = "/run/secrets";

    private SecretFiles() {}

    /** A detached, read-only mount of them. @param owner the container's user */
    static Fd mount(List<Secret> secrets, Identity owner, UserNamespace.@Nullable Mapped users) {
        int uid = (int) (users == null ? owner.uid() : users.user(owner.uid()));
        int gid = (int) (users == null ? owner.gid() : users.group(owner.gid()));
        Fd mount = DetachedMounts.memory(0755);
        try {
            for (Secret secret : secrets) {
                try (Fd file = FileCalls.openat(mount, secret.name(), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0400)) {
                    FileCalls.writeAll(file, ByteBuffer.wrap(secret.content()));
                    FileCalls.fchownat(file, "", uid, gid, Fcntl.AT_EMPTY_PATH);
                    FileCalls.fchmodat2(file, "", 0400, Fcntl.AT_EMPTY_PATH);
                }
            }
            Mounts.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_RDONLY, 0, MountFlags.MS_PRIVATE, -1);
            return mount;
        } catch (RuntimeException e) {
            mount.close();
            throw e;
        }
    }
}
