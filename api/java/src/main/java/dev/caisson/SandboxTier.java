package dev.caisson;

/** What a sandbox is made of, the strongest first: {@link ContainerBuilder#sandbox(SandboxTier)}, {@link Execution#sandboxTier()}. */
public enum SandboxTier {
    /** Namespaces, cgroups, a user namespace, a system call filter, Landlock once more. */
    NAMESPACES,

    /**
     * Landlock, a system call filter and resource limits alone: what is left to a process where the host forbids namespaces. It reads the host's programs and
     * {@code /etc} where they are, writes in one directory that goes with it, has no sockets and no signals beyond itself. It sees that other processes and files
     * exist; limits are those of setrlimit(2), for each process or for the user, and not for all of it together.
     */
    LANDLOCK
}
