package dev.caisson;

/** The steps of a container's way from reference to exit, in order; every event and every error names one. */
public enum Stage {
    /** Values given by the caller are checked; nothing has been done. */
    VALIDATE,
    /** A reference becomes a pinned digest. */
    RESOLVE,
    /** Blobs are fetched and verified. */
    PULL,
    /** A blob becomes a committed layer of the storage driver. */
    UNPACK,
    /** Builder, image configuration and host become one resolved spec. */
    SPEC,
    /** Layers become the mounts of a root file system. */
    ROOTFS,
    /** A network namespace is prepared and attached. */
    NETWORK,
    /** Pipes and log driver are opened. */
    LOGS,
    /** Everything becomes a flat list of operations. */
    PLAN,
    /** The guard prepares cgroups, clones the child and the child runs its operations. */
    SPAWN,
    /** The program is executed. */
    EXEC,
    /** What the caller waits for comes true. */
    READY,
    /** The process runs, is watched, and what it had is undone. */
    SUPERVISE,
    /** An image is sent to its registry; no step of a container. */
    PUSH
}
