package dev.caisson;

import java.nio.file.Path;
import java.util.List;

/** A registry of images: who we are to it, and what it has. What images to pull and push is {@link Images}' business. */
public interface Registry {
    /** {@return its name in references: {@code docker.io}, {@code registry.example.org:5000}} */
    String host();

    /**
     * Has the registry check who we are, and keeps it where {@code docker login} does: a credential helper if {@code config.json} names one, else in
     * {@code config.json} (of {@code DOCKER_CONFIG} or {@code ~/.docker}, or the file of {@code REGISTRY_AUTH_FILE}), readable by its owner alone. It counts at once,
     * also for docker.
     *
     * @param user as the registry knows it
     * @param secret password or access token; it goes to the registry over the scheme it is asked with, and into no message
     * @throws ImageProblem if the registry refuses or cannot be reached; nothing is kept then
     */
    void login(String user, String secret);

    /** Forgets what {@link #login} or {@code docker login} kept there ({@code docker logout}). */
    void logout();

    /**
     * The tags of a repository, as the registry orders them.
     *
     * @param repository {@code team/app}
     * @return all pages of the answer
     * @throws ImageProblem if there is no such repository, or the registry does not tell
     */
    List<String> tags(String repository);

    /**
     * The repositories that the registry shows us, as it orders them. Docker Hub and other public ones show none.
     *
     * @return all pages of the answer
     * @throws ImageProblem if the registry does not tell
     */
    List<String> catalog();

    /**
     * Deletes there: a tag, which leaves its image and its other tags, or by digest an image with all its tags. What is on this host stays.
     *
     * @param repository {@code team/app}
     * @param reference {@code v1} or {@code sha256:…}
     * @throws ImageProblem if it is not there, or the registry does not let us, or cannot delete a tag without its image (docker's own before version 3)
     */
    void delete(String repository, String reference);

    /**
     * What is attached to an image there: signatures, lists of its parts, attestations. From a registry that has no list of these, by the tag that the distribution
     * specification has for that.
     *
     * @param repository {@code team/app}
     * @param digest of a manifest; it need not exist
     * @return empty if nothing is attached
     * @throws ImageProblem if the registry does not tell, or what it tells is malformed
     */
    default List<Referrer> referrers(String repository, String digest) {
        return referrers(repository, digest, "");
    }

    /**
     * The same, of one kind: {@code application/vnd.dev.cosign.artifact.sig.v1+json}; "" for all.
     *
     * @param repository {@code team/app}
     * @param digest of a manifest; it need not exist
     * @param artifactType exactly; "" for all
     * @return empty if nothing is attached
     * @throws ImageProblem as {@link #referrers(String, String)}
     */
    List<Referrer> referrers(String repository, String digest, String artifactType);

    /**
     * A registry of one's own, its images in a directory: {@code Registry.serve(directory).start()}. Needs the artifact {@code dev.caisson:caisson-registry}.
     *
     * @param directory is made if it is missing, for its owner alone; one registry at a time uses it
     * @return to be told more, then started; that says if the artifact is missing
     */
    static RegistryServer.Builder serve(Path directory) {
        return new RegistryServer.Builder(directory);
    }

    /**
     * A registry that serves an engine's own images: {@code Registry.serve(engine.images()).start()}. Nobody pushes to it, unless {@link RegistryServer.Builder#writable()}
     * says so. Its repositories are called as references are: {@code docker.io/library/nginx} is {@code nginx} or {@code library/nginx}, {@code example.org/app} is
     * {@code example.org/app}, and of {@code example.org:5000/app} the colon is written as two underscores. So it can be the mirror of docker.io for other hosts. Needs the
     * artifact {@code dev.caisson:caisson-registry}.
     *
     * @param images of an engine that outlives the registry
     * @return to be told more, then started; that says if the artifact is missing
     */
    static RegistryServer.Builder serve(Images images) {
        return new RegistryServer.Builder(images);
    }
}
