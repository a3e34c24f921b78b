package dev.caisson;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The images of an engine's root directory, shared by all engines of that root. */
public interface Images {
    /**
     * Loads an OCI layout (directory or tar) or a {@code docker save} archive; compressed tars too.
     *
     * @return the images in it
     * @throws ImageProblem if it is malformed, hostile, or its digests do not agree; the store is unchanged then
     */
    List<Image> load(Path archive);

    /**
     * Makes an image of one tar of a root file system ({@code docker import}).
     *
     * @param tar plain or compressed
     * @param reference its name
     * @param changes Dockerfile instructions: CMD ENTRYPOINT ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR HEALTHCHECK
     */
    Image importRootfs(Path tar, String reference, String... changes);

    /**
     * Fetches an image for this host's platform from its registry, verifies and unpacks it. One that is here already and unchanged costs one round trip.
     *
     * @param reference {@code nginx}, {@code registry.example.org:5000/team/app:1.2}, {@code name@sha256:…}
     * @throws ImageProblem if the registry cannot be reached or refuses, or what it sends is not what its digests say; the store is unchanged then
     */
    default Image pull(String reference) {
        return pull(reference, progress -> { });
    }

    /** The same, telling how far it is. */
    Image pull(String reference, Consumer<TransferProgress> progress);

    /**
     * Sends an image to the registry of its name ({@code docker push}). What the registry has is not sent again; the tag is set when all is there.
     *
     * @param reference a name of an image that is here: {@code registry.example.org:5000/team/app:1.2}
     * @return the manifest's digest; {@code name@digest} pulls just this
     * @throws ImageProblem if there is no such image, the registry cannot be reached or refuses; the tag there is as before then
     */
    default String push(String reference) {
        return push(reference, progress -> { });
    }

    /** The same, telling how far it is. */
    String push(String reference, Consumer<TransferProgress> progress);

    /** All images, newest first. */
    List<Image> list();

    /** The image of a reference, id or unambiguous id prefix. */
    Optional<Image> find(String reference);

    /**
     * Gives an image a further name.
     *
     * @throws ImageProblem if there is no such image
     */
    void tag(String source, String target);

    /**
     * Removes a name, and the image with its last name (or by id with all its names); layers go when no image needs them.
     *
     * @throws ImageProblem if there is no such image, or a container uses it
     */
    void remove(String reference);

    /** Writes an image as a tar that is both an OCI layout and a {@code docker load} archive. */
    void save(String reference, Path file);
}
