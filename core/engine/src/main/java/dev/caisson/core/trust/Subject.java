package dev.caisson.core.trust;

import dev.caisson.TrustProblem;

/**
 * Whose metadata something is, for errors.
 *
 * @param repository registry and repository, Notary's GUN
 * @param role root, targets, snapshot, timestamp, or a delegation
 */
record Subject(String repository, String role) {
    /** What to say of metadata that its own publisher cannot have made so. */
    static final String HOSTILE = "the trust server is damaged or hostile, or somebody is in between; nothing of the image was used";

    TrustProblem problem(String reason, String remedy) {
        return new TrustProblem(repository, role, reason, remedy);
    }

    /** It is not as Notary writes it. */
    TrustProblem malformed(String reason) {
        return problem("it is malformed: " + reason, HOSTILE);
    }

    Subject of(String other) {
        return new Subject(repository, other);
    }
}
