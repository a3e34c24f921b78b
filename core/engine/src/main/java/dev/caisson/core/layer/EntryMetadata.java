package dev.caisson.core.layer;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_RDONLY;

import dev.caisson.core.layer.DirectoryCache.Parent;
import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Xattrs;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Owner, mode, extended attributes and times, in the one order that works: chown(2) clears set-id bits and file capabilities, so it comes before them; anything
 * changes times, so they come last. No call follows a symbolic link.
 *
 * <p>Attributes kept are {@code user.*} but overlayfs's own, {@code security.capability} and POSIX access control lists. Others are the host's business: labels
 * of its security modules, and {@code trusted.*}, with which a layer could make overlayfs show it any lower directory.
 */
final class EntryMetadata {
    /** What a directory gets when nothing is made in it any more: its time, and the list that its children would inherit. */
    private record Late(long mtimeSec, int mtimeNsec, byte @Nullable [] defaultAcl) {}

    private final Birth birth = Birth.ofThisThread();
    private final Map<String, Late> late = new LinkedHashMap<>();

    static boolean isKept(String xattr) {
        return xattr.startsWith("user.") && !xattr.startsWith("user.overlay.") || xattr.equals("security.capability")
                || xattr.equals(DirectoryCache.ACCESS_ACL) || xattr.equals(DirectoryCache.DEFAULT_ACL);
    }

    /** With what mode a file is made. */
    int mode(TarEntry entry, Parent parent) {
        return birth.modeFits(entry, parent) ? entry.mode() : 0600;
    }

    /** To an open file, made with {@link #mode}. */
    void toFile(Fd file, TarEntry entry, Parent parent) {
        if (!birth.ownerFits(entry, parent)) {
            FileCalls.fchownat(file, "", (int) entry.uid(), (int) entry.gid(), AT_EMPTY_PATH);
        }
        if (parent.inheritsAcl()) {
            removeIfPresent(() -> Xattrs.removexattr(file, DirectoryCache.ACCESS_ACL));
        }
        if (!birth.modeFits(entry, parent)) {
            FileCalls.fchmodat2(file, "", entry.mode(), AT_EMPTY_PATH);
        }
        entry.xattrs().forEach((name, value) -> {
            if (isKept(name)) {
                Xattrs.setxattr(file, name, value, 0);
            }
        });
        FileCalls.futimens(file, entry.mtimeSec(), entry.mtimeNsec(), entry.mtimeSec(), entry.mtimeNsec());
    }

    /** To anything else, by its name; a directory's times wait for {@link #finish}. */
    void toName(Parent parent, String name, String path, TarEntry entry) {
        if (!birth.ownerFits(entry, parent)) {
            FileCalls.fchownat(parent.fd(), name, (int) entry.uid(), (int) entry.gid(), AT_SYMLINK_NOFOLLOW);
        }
        boolean directory = entry.kind() == Kind.DIRECTORY;
        if (entry.kind() != Kind.SYMLINK) {
            if (parent.inheritsAcl()) {
                removeIfPresent(() -> Xattrs.lremovexattr(parent.fd(), name, DirectoryCache.ACCESS_ACL));
            }
            if (parent.inheritsAcl() && directory) {
                removeIfPresent(() -> Xattrs.lremovexattr(parent.fd(), name, DirectoryCache.DEFAULT_ACL));
            }
            FileCalls.fchmodat2(parent.fd(), name, entry.mode(), AT_SYMLINK_NOFOLLOW);
        }
        entry.xattrs().forEach((attribute, value) -> {
            if (isKept(attribute) && !attribute.equals(DirectoryCache.DEFAULT_ACL)) {
                Xattrs.lsetxattr(parent.fd(), name, attribute, value, 0);
            }
        });
        if (directory) {
            late.put(path, new Late(entry.mtimeSec(), entry.mtimeNsec(), entry.xattrs().get(DirectoryCache.DEFAULT_ACL)));
        } else {
            FileCalls.utimensat(
                    parent.fd(), name, entry.mtimeSec(), entry.mtimeNsec(), entry.mtimeSec(), entry.mtimeNsec(), AT_SYMLINK_NOFOLLOW);
        }
    }

    /** The directory of that name was replaced or removed. */
    void forget(String path) {
        late.remove(path);
    }

    /** Gives the directories that are still there their times and default lists. */
    void finish(SafeRoot root) {
        late.forEach((path, values) -> {
            try (Fd directory = root.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)) {
                if (values.defaultAcl() != null) {
                    Xattrs.setxattr(directory, DirectoryCache.DEFAULT_ACL, values.defaultAcl(), 0);
                }
                FileCalls.futimens(directory, values.mtimeSec(), values.mtimeNsec(), values.mtimeSec(), values.mtimeNsec());
            } catch (SyscallException e) {
                // A later entry or whiteout took it, or a directory above it, away.
                if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
                    throw e;
                }
            }
        });
        late.clear();
    }

    private static void removeIfPresent(Runnable remove) {
        try {
            remove.run();
        } catch (SyscallException e) {
            if (!e.is(Errno.ENODATA)) {
                throw e;
            }
        }
    }
}
