package dev.caisson.core.layer;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Xattrs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Open directories of the tree being unpacked, the most recently used ones, so that a file costs no walk. A directory is found by openat2(2) in the root, with
 * symbolic links resolved inside it, as containerd does; missing ones are made 0755 and root's.
 *
 * <p>A descriptor goes stale when something on its path is removed or replaced: the unpacker clears the cache then.
 */
final class DirectoryCache implements AutoCloseable {
    static final String ACCESS_ACL = "system.posix_acl_access";
    static final String DEFAULT_ACL = "system.posix_acl_default";
    private static final int OPEN = 64;

    /**
     * An open directory.
     *
     * @param inheritsAcl whether what is made in it inherits an access control list
     * @param rootGroup whether what root makes in it is root's group's, be it by a set-group-id bit or a mount option or by neither
     */
    record Parent(Fd fd, boolean inheritsAcl, boolean rootGroup) {}

    private final SafeRoot root;
    private final Fault fault;
    private final Map<String, Parent> open = new LinkedHashMap<>(OPEN * 2, 0.75f, true);

    DirectoryCache(SafeRoot root, Fault fault) {
        this.root = root;
        this.fault = fault;
    }

    /** The directory of that cleaned name, made if it is missing. */
    Parent make(String path) {
        Parent parent = find(path);
        if (parent != null) {
            return parent;
        }
        // From above down, so that each new one gets its owner and mode.
        Parent above = make(EntryName.parent(path));
        String name = EntryName.last(path);
        if (!FileCalls.mkdiratIfAbsent(above.fd(), name, 0700)) {
            throw fault.malformed(Fault.quoted(path) + " is a symbolic link to nothing, and entries go below it");
        }
        FileCalls.fchownat(above.fd(), name, 0, 0, Fcntl.AT_SYMLINK_NOFOLLOW);
        FileCalls.fchmodat2(above.fd(), name, 0755, Fcntl.AT_SYMLINK_NOFOLLOW);
        Parent made = find(path);
        if (made == null) {
            throw fault.malformed(Fault.quoted(path) + " vanished while it was unpacked");
        }
        return made;
    }

    /** The directory of that cleaned name, or null if there is none. */
    @Nullable Parent find(String path) {
        Parent known = open.get(path);
        if (known != null) {
            return known;
        }
        Fd fd;
        try {
            fd = root.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return null;
            }
            if (e.is(Errno.ENOTDIR)) {
                throw fault.malformed(Fault.quoted(path) + " is no directory, and entries go below it");
            }
            throw e;
        }
        if (open.size() >= OPEN) {
            var eldest = open.entrySet().iterator();
            eldest.next().getValue().fd().close();
            eldest.remove();
        }
        Parent parent = new Parent(fd, inheritsAcl(fd), FileCalls.fstat(fd).gid() == 0);
        open.put(path, parent);
        return parent;
    }

    private static boolean inheritsAcl(Fd fd) {
        try {
            return Xattrs.lgetxattr(fd, "", DEFAULT_ACL).isPresent();
        } catch (SyscallException e) {
            if (e.is(Errno.EOPNOTSUPP)) {
                return false;
            }
            throw e;
        }
    }

    /** Lets go of all descriptors. */
    void clear() {
        List<Parent> all = new ArrayList<>(open.values());
        open.clear();
        all.forEach(p -> p.fd().close());
    }

    @Override
    public void close() {
        clear();
    }
}
