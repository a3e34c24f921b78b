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
     * For engines.
     *
     * @param stage RESOLVE, or PUSH
     * @param repository registry and repository, what Notary calls the GUN
     * @param role whose metadata it is: root, targets, snapshot, timestamp, or a delegation such as {@code targets/releases}
     * @param reason what is wrong with it
     * @param remedy what would help
     * @param cause null for none
     */
    public TrustProblem(Stage stage, String repository, String role, String reason, String remedy, @Nullable Throwable cause) {
        super(stage, "content trust of " + repository + ", role " + role + ": " + reason, remedy, cause);
        this.repository = repository;
        this.role = role;
    }

    /**
     * As the other constructor, at stage RESOLVE, where a tag becomes a digest.
     *
     * @param repository registry and repository
     * @param role whose metadata it is
     * @param reason what is wrong with it
     * @param remedy what would help
     */
    public TrustProblem(String repository, String role, String reason, String remedy) {
        this(Stage.RESOLVE, repository, role, reason, remedy, null);
    }

    /** {@return registry and repository} */
    public String repository() {
        return repository;
    }

    /** {@return whose metadata it is: root, targets, snapshot, timestamp, or a delegation} */
    public String role() {
        return role;
    }
}
