package dev.caisson.linux;

import com.sun.jna.Pointer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that a {@link Worker} makes, and what their arguments are: those that make mounts, and those that ask who owns a file. A letter for each argument,
 * and {@code >} where the result is a descriptor:
 *
 * <pre>
 * d  descriptor             p  path, perhaps below /proc/self/fd/N     iN  bytes to the kernel, as many as argument N says
 * v  number                 s  string or null                          oN  bytes from the kernel, as many as the result says, at most argument N
 * a  descriptor, if argument 1 is FSCONFIG_SET_PATH or SET_FD           T   two timespecs or null        X  struct statx from the kernel
 * </pre>
 */
final class WorkerCalls {
    private static final int NUMBERS = 512;
    /** They look, or open, or give a file what it has after the first time, too, or take away what a descriptor names. */
    private static final Set<Integer> REPEATABLE = Set.of(Nr.READLINKAT, Nr.FCHOWNAT, Nr.FCHMODAT, Nr.FCHMODAT2, Nr.UTIMENSAT, Nr.STATX, Nr.GETXATTR, Nr.LISTXATTR,
            Nr.FGETXATTR, Nr.FLISTXATTR, Nr.FSOPEN, Nr.FSPICK, Nr.OPEN_TREE, Nr.UMOUNT2);
    private static final @Nullable String[] ARGUMENTS = new String[NUMBERS];

    static {
        add(Nr.OPENAT, "dpvv>");
        add(Nr.OPENAT2, "dpi3v>");
        add(Nr.MKDIRAT, "dpv");
        add(Nr.MKNODAT, "dpvv");
        add(Nr.SYMLINKAT, "sdp");
        add(Nr.LINKAT, "dpdpv");
        add(Nr.RENAMEAT2, "dpdpv");
        add(Nr.UNLINKAT, "dpv");
        add(Nr.READLINKAT, "dpo3v");
        add(Nr.FCHOWNAT, "dpvvv");
        add(Nr.FCHMODAT, "dpv");
        add(Nr.FCHMODAT2, "dpvv");
        add(Nr.UTIMENSAT, "dpTv");
        add(Nr.STATX, "dpvvX");
        add(Nr.SETXATTR, "psi3vv");
        add(Nr.GETXATTR, "pso3v");
        add(Nr.LISTXATTR, "po2v");
        add(Nr.REMOVEXATTR, "ps");
        add(Nr.FSETXATTR, "dsi3vv");
        add(Nr.FGETXATTR, "dso3v");
        add(Nr.FLISTXATTR, "do2v");
        add(Nr.FREMOVEXATTR, "ds");
        add(Nr.FSOPEN, "sv>");
        add(Nr.FSCONFIG, "dvspa");
        add(Nr.FSMOUNT, "dvv>");
        add(Nr.FSPICK, "dpv>");
        add(Nr.OPEN_TREE, "dpv>");
        add(Nr.MOVE_MOUNT, "dpdpv");
        add(Nr.MOUNT_SETATTR, "dpvi4v");
        add(Nr.MOUNT, "spsvs");
        add(Nr.UMOUNT2, "pv");
    }

    private WorkerCalls() {}

    private static void add(int number, String arguments) {
        ARGUMENTS[number] = arguments;
    }

    /** The arguments of a call; null if it is made by the caller himself. */
    static @Nullable String of(int number) {
        return number < NUMBERS ? ARGUMENTS[number] : null;
    }

    /** Whether it does not matter that a call is made once more, by who does not know whether it was made. */
    static boolean repeatable(int number, long[] values) {
        if (number == Nr.OPENAT) {
            return makesNothing(values[2]);
        }
        return number == Nr.OPENAT2 ? makesNothing(new Pointer(values[2]).getLong(0)) : REPEATABLE.contains(number); // open_how begins with the flags
    }

    private static boolean makesNothing(long openFlags) {
        return (openFlags & (Fcntl.O_CREAT | Fcntl.O_TRUNC)) == 0;
    }
}
