package dev.caisson.linux.overlay;

import static dev.caisson.linux.Fcntl.S_IFCHR;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Stat;
import dev.caisson.linux.Worker;
import dev.caisson.linux.Xattrs;
import java.util.Optional;

/** How overlayfs writes a deletion: a whiteout in place of the entry, or an opaque directory that hides all below it. */
public final class Whiteouts {
    private static final String OPAQUE = "opaque";
    /** On an empty regular file: a whiteout where no device node can be made (Linux 6.7). */
    private static final String XATTR_WHITEOUT = "whiteout";

    private Whiteouts() {}

    /**
     * On a directory with the value {@code y}: nothing of the layers below shows through. ({@code x} says that there are whiteouts in xattr form.) Where a
     * {@link Worker} makes the mounts, it is a {@code user.*} attribute (mount option {@code userxattr}): the others need root.
     */
    public static String opaque() {
        return attribute(OPAQUE);
    }

    private static String attribute(String name) {
        return (Worker.present() ? "user.overlay." : "trusted.overlay.") + name;
    }

    /** Whether it is a character device 0:0. */
    public static boolean isWhiteout(Stat stat) {
        return stat.type() == S_IFCHR && stat.rdevMajor() == 0 && stat.rdevMinor() == 0;
    }

    /** As {@link #isWhiteout(Stat)}, and the form in extended attributes. */
    static boolean isWhiteout(Fd directory, String name, Stat stat) {
        return isWhiteout(stat)
                || stat.isRegular() && stat.size() == 0 && Xattrs.lgetxattr(directory, name, attribute(XATTR_WHITEOUT)).isPresent();
    }

    /** Whether an open directory hides what is below it. */
    public static boolean isOpaque(Fd directory) {
        Optional<byte[]> value = Xattrs.getxattr(directory, opaque());
        return value.isPresent() && value.get().length == 1 && value.get()[0] == 'y';
    }
}
