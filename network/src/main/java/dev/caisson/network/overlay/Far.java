package dev.caisson.network.overlay;

/** Where members of other hosts become reachable: the kernel, or a test's record of it. */
interface Far {
    /** @throws RuntimeException if it cannot be; then nothing of it is left */
    void add(Member member);

    void remove(Member member);
}
