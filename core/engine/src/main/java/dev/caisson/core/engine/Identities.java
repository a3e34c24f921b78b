package dev.caisson.core.engine;

import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.security.identity.UserSpec;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.util.List;

/** Looks a user up in a container's own passwd and group files, confined to its root. */
final class Identities {
    private static final int MAX_FILE = 10 << 20;
    private static final byte[] NONE = {};

    private Identities() {}

    /**
     * @param root the container's root file system
     * @param user {@code user[:group]}; "" for root
     * @param groups further groups
     */
    static Identity resolve(Fd root, String user, List<String> groups) {
        UserSpec spec = UserSpec.parse(user);
        try (SafeRoot confined = SafeRoot.of(root.dup())) {
            return spec.resolve(read(confined, "/etc/passwd"), read(confined, "/etc/group"), groups);
        }
    }

    private static byte[] read(SafeRoot root, String path) {
        try {
            return root.readRegular(path, MAX_FILE);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) {
                return NONE; // an image may do without; numbers still work
            }
            throw e;
        }
    }
}
