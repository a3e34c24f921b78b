package dev.caisson.testkit.leak;

/** What can be left behind. */
public enum Resource {
    /** Entries of this process's mountinfo. */
    MOUNTS("mounts"),
    /** Interfaces of this process's network namespace. */
    LINKS("network links"),
    /** Named ones, and those that a process, a descriptor or a mount holds. */
    NETWORK_NAMESPACES("network namespaces"),
    /** Of this process's network namespace; needs {@code nft}. */
    NFT_TABLES("nft tables"),
    /** Directories of every mounted hierarchy, v1 and v2, but for new ones that hold only strangers' processes. */
    CGROUPS("cgroups"),
    LOOP_DEVICES("loop devices"),
    /** New ones that descend from this JVM, run the guard, were orphaned by one of ours, or live in a namespace made since. */
    PROCESSES("processes"),
    /** Names in the abstract namespace of unix sockets. */
    ABSTRACT_SOCKETS("abstract unix sockets"),
    /** Below the roots the test names. */
    STATE_FILES("state files"),
    /** Of this JVM, but for class files, libraries and random devices. */
    DESCRIPTORS("descriptors of this JVM"),
    /** Of this JVM, but for those the JDK and JUnit keep. */
    THREADS("threads of this JVM"),
    /** {@code /dev/shm} and System V segments. */
    SHARED_MEMORY("shared memory"),
    /** As far as this user may view them. */
    KEYRINGS("keyrings");

    private final String title;

    Resource(String title) {
        this.title = title;
    }

    @Override
    public String toString() {
        return title;
    }
}
