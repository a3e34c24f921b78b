package dev.caisson;

import java.nio.file.Path;

/** Which system calls a container may make. */
public sealed interface SeccompChoice {
    /** Docker's default policy. */
    record Default() implements SeccompChoice {}

    /** No filter. */
    record Unconfined() implements SeccompChoice {}

    /**
     * A profile in Docker's or OCI's JSON.
     *
     * @param file on the host
     */
    record Profile(Path file) implements SeccompChoice {}
}
