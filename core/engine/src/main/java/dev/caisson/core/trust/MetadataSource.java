package dev.caisson.core.trust;

import java.util.Optional;

/** Where metadata comes from: a Notary server's files of one repository. */
public interface MetadataSource {
    /** For errors: the server's address. */
    String where();

    /**
     * A file's bytes as they came; empty if the server has none of that name.
     *
     * @param name {@code timestamp}, {@code 3.root}, {@code targets/releases.SHA256}, without {@code .json}
     * @param role whose it is, for errors
     * @param limit most bytes that are taken
     * @throws dev.caisson.TrustProblem if there is no answer, or one that is too large
     */
    Optional<byte[]> get(String name, String role, int limit);
}
