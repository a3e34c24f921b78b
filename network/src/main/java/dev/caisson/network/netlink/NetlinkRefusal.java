package dev.caisson.network.netlink;

import dev.caisson.linux.Errno;

/** The kernel refused a netlink request. */
public final class NetlinkRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    NetlinkRefusal(String about, int errno, String words) {
        super("could not " + about + ": " + Errno.name(errno) + " (" + errno + ") " + Errno.text(errno) + (words.isEmpty() ? "" : ": " + words));
        this.errno = errno;
    }

    /** Its errno. */
    public int errno() {
        return errno;
    }

    /** Removes what may have gone with something else. */
    public static void ignoringGone(Runnable removal) {
        try {
            removal.run();
        } catch (NetlinkRefusal e) {
            if (e.errno != Errno.ENODEV && e.errno != Errno.ENOENT && e.errno != Errno.ESRCH) {
                throw e;
            }
        }
    }
}
