package dev.caisson.testkit.trace;

import java.util.List;

/**
 * One finished system call of {@code strace -f -y}: {@code 17 openat(3</r>, "a", O_RDONLY) = 4</r/a>}.
 *
 * @param pid the thread that made it
 * @param arguments as printed, strings with their quotes, descriptors with their path
 * @param result what stands after {@code =}, such as {@code "0"}, {@code "-1 ENOENT (No such file or directory)"} or {@code "?"}
 */
public record TracedCall(int pid, String name, List<String> arguments, String result) {
    public TracedCall {
        arguments = List.copyOf(arguments);
    }

    /** Whether it returned, and not with an error. */
    public boolean succeeded() {
        return !result.startsWith("-1 ") && !result.startsWith("?");
    }

    /** The argument, or "" when the call was printed with fewer. */
    public String argument(int index) {
        return index >= 0 && index < arguments.size() ? arguments.get(index) : "";
    }

    /** As strace printed it. */
    @Override
    public String toString() {
        return pid + " " + name + "(" + String.join(", ", arguments) + ") = " + result;
    }
}
