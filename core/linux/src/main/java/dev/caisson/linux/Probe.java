package dev.caisson.linux;

/**
 * One feature of the host.
 *
 * @param name such as {@code openat2}
 * @param how what was tried or read to find out
 * @param cause why it is not available, or a remark such as a version; may be empty
 * @param errno what the kernel answered where the trial failed, else 0
 */
public record Probe(String name, boolean available, String how, String cause, int errno) {
    static Probe yes(String name, String how, String remark) {
        return new Probe(name, true, how, remark, 0);
    }

    static Probe no(String name, String how, int errno) {
        return new Probe(name, false, how, Errno.describe(errno), errno);
    }

    @Override
    public String toString() {
        return name + ": " + (available ? "yes" : "no") + (cause.isEmpty() ? "" : ", " + cause) + " (" + how + ")";
    }
}
