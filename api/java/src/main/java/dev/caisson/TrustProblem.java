package dev.caisson;

import org.jspecify.annotations.Nullable;

/**
 * With content trust on, an image's publisher cannot be verified: its metadata is missing, expired, older than what was seen before, or not signed by whom it must be. It
 * is never a warning, and nothing of the image is used.
 */
public final class TrustProblem extends ContainerException {
    private static final long serialVersionUID = 1L;

    private final String repository;
    private final String role;

    /**
     * @param repository registry and repository, what Notary calls the GUN
     * @param role whose metadata it is: root, targets, snapshot, timestamp, or a delegation such as {@code targets/releases}
     * @param reason what is wrong with it
     */
    public TrustProblem(Stage stage, String repository, String role, String reason, String remedy, @Nullable Throwable cause) {
        super(stage, "content trust of " + repository + ", role " + role + ": " + reason, remedy, cause);
        this.repository = repository;
        this.role = role;
    }

    /** As the other constructor, at stage RESOLVE, where a tag becomes a digest. */
    public TrustProblem(String repository, String role, String reason, String remedy) {
        this(Stage.RESOLVE, repository, role, reason, remedy, null);
    }

    /** Registry and repository. */
    public String repository() {
        return repository;
    }

    /** Whose metadata it is: root, targets, snapshot, timestamp, or a delegation. */
    public String role() {
        return role;
    }
}
