package dev.caisson;

import java.nio.file.Path;
import java.util.List;

/** A registry of images: who we are to it, and what it has. What images to pull and push is {@link Images}' business. */
public interface Registry {
    /** Its name in references: {@code docker.io}, {@code registry.example.org:5000}. */
    String host();

    /**
     * Has the registry check who we are, and keeps it where {@code docker login} does: a credential helper if {@code config.json} names one, else in
     * {@code config.json} (of {@code DOCKER_CONFIG} or {@code ~/.docker}, or the file of {@code REGISTRY_AUTH_FILE}), readable by its owner alone. It counts at once,
     * also for docker.
     *
     * @throws ImageProblem if the registry refuses or cannot be reached; nothing is kept then
     */
    void login(String user, String secret);

    /** Forgets what {@link #login} or {@code docker login} kept there ({@code docker logout}). */
    void logout();

    /**
     * The tags of a repository, as the registry orders them.
     *
     * @param repository {@code team/app}
     * @throws ImageProblem if there is no such repository, or the registry does not tell
     */
    List<String> tags(String repository);

    /**
     * A registry of one's own, its images in a directory: {@code Registry.serve(directory).start()}. Needs the artifact {@code dev.caisson:caisson-registry}.
     *
     * @param directory is made if it is missing, for its owner alone; one registry at a time uses it
     */
    static RegistryServer.Builder serve(Path directory) {
        return new RegistryServer.Builder(directory);
    }
}
