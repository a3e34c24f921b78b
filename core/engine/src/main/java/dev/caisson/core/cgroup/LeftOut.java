package dev.caisson.core.cgroup;

/**
 * A hierarchy or controller that containers cannot use here.
 *
 * @param what hierarchy or controller, such as {@code memory}
 * @param cause what was tried, and the kernel's reason
 * @param remedy the exact step that would allow it; "" if none is known
 */
public record LeftOut(String what, String cause, String remedy) {
    static final String DELEGATE = "run the JVM in a systemd unit with Delegate=yes, or as root, or name a writable cgroup by Engine.builder().cgroupParent(…)";

    @Override
    public String toString() {
        return "cgroup " + what + ": " + cause;
    }
}
