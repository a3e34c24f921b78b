package dev.caisson;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The images of an engine's root directory, shared by all engines of that root. */
public interface Images {
    /**
     * Loads an OCI layout (directory or tar) or a {@code docker save} archive; compressed tars too. Of an image for several platforms that for this host is kept.
     *
     * @param archive a directory, or a file, plain or compressed by gzip or zstd
     * @return the images in it
     * @throws ImageProblem if it is malformed, hostile, or its digests do not agree; the store is unchanged then
     */
    List<Image> load(Path archive);

    /**
     * Loads as {@link #load} does, but keeps images for several platforms with all of them, as {@link #save} writes them and {@link #pullAllPlatforms} keeps them.
     *
     * @param archive as of {@link #load}
     * @return the indexes in it; images for one platform that are in it too are loaded as ever
     * @throws ImageProblem as {@link #load}, or if an index in it has no name, or not all that it names is in it
     */
    List<ImageIndex> loadAllPlatforms(Path archive);

    /**
     * Makes an image of one tar of a root file system ({@code docker import}).
     *
     * @param tar plain or compressed
     * @param reference its name
     * @param changes Dockerfile instructions: CMD ENTRYPOINT ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR HEALTHCHECK
     * @return for this host's platform
     * @throws InvalidSpec if an instruction cannot be understood
     * @throws ImageProblem if the tar is malformed or hostile, or the reference cannot be a name; the store is unchanged then
     */
    Image importRootfs(Path tar, String reference, String... changes);

    /**
     * Fetches an image for this host's platform from its registry, verifies and unpacks it. One that is here already and unchanged costs one round trip.
     *
     * @param reference {@code nginx}, {@code registry.example.org:5000/team/app:1.2}, {@code name@sha256:…}
     * @return here and unpacked
     * @throws ImageProblem if the registry cannot be reached or refuses, or what it sends is not what its digests say; the store is unchanged then
     * @throws TrustProblem if content trust is on and the tag is not signed, or its metadata does not hold
     */
    default Image pull(String reference) {
        return pull(reference, progress -> { });
    }

    /**
     * The same, telling how far it is.
     *
     * @param reference as {@link #pull(String)}
     * @param progress called by the threads that download; quick
     * @return here and unpacked
     * @throws ImageProblem as {@link #pull(String)}
     * @throws TrustProblem as {@link #pull(String)}
     */
    Image pull(String reference, Consumer<TransferProgress> progress);

    /**
     * The same with a content trust of its own instead of the engine's: {@code pull(name, ContentTrust.disabled(), p -> { })} is docker's
     * {@code pull --disable-content-trust}.
     *
     * @param reference as {@link #pull(String)}
     * @param trust for this pull
     * @param progress called by the threads that download; quick
     * @return here and unpacked
     * @throws TrustProblem if the tag has to be signed and is not, or its metadata does not hold
     * @throws ImageProblem as {@link #pull(String)}
     */
    Image pull(String reference, ContentTrust trust, Consumer<TransferProgress> progress);

    /**
     * Who has signed a repository's tags ({@code docker trust inspect}). It is asked and verified whether content trust is on or not.
     *
     * @param reference with a tag or digest, only what is signed for that is told
     * @return tags with digests and signers, and the ids of the root keys that can be pinned
     * @throws TrustProblem if nothing is signed, or its metadata does not hold
     */
    ImageTrust trust(String reference);

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

    /**
     * The same, telling how far it is.
     *
     * @param reference as {@link #push(String)}
     * @param progress called by the threads that upload; quick
     * @return the manifest's digest
     * @throws ImageProblem as {@link #push(String)}
     * @throws TrustProblem as {@link #push(String, ContentTrust, Consumer)}, with the engine's content trust
     */
    String push(String reference, Consumer<TransferProgress> progress);

    /**
     * The same with a content trust of its own instead of the engine's. Where it is enabled, the tag is signed when it is pushed; {@code push(name,
     * ContentTrust.disabled(), p -> { })} pushes without signing.
     *
     * @param reference as {@link #push(String)}
     * @param trust for this push
     * @param progress called by the threads that upload; quick
     * @return the manifest's digest
     * @throws TrustProblem if tags have to be signed and there is no {@link ContentTrust#signingKey}, it may not sign this tag, or the Notary server does not take
     *     it
     * @throws ImageProblem as {@link #push(String)}
     */
    String push(String reference, ContentTrust trust, Consumer<TransferProgress> progress);

    /**
     * Pulls the image for another platform ({@code docker pull --platform}), which cannot run here but can be pushed, saved, or put into an index.
     *
     * @param reference as {@link #pull(String)}; the name is this image's from then on
     * @param platform such as {@code linux/arm64} or {@code linux/arm/v7}
     * @param progress called by the threads that download; quick
     * @return here; unpacked only if this host can run it
     * @throws ImageProblem if it cannot be had; the message says which platforms there are
     * @throws InvalidSpec if that is no platform
     * @throws TrustProblem if content trust is enabled and the tag is not signed
     */
    Image pull(String reference, String platform, Consumer<TransferProgress> progress);

    /**
     * Pulls an image for all its platforms and keeps its index, so that {@link #push} and {@link #save} give it on as it is. What runs on this host is unpacked.
     *
     * @param reference as {@link #pull(String)}
     * @return with each of its platforms
     * @throws ImageProblem if it cannot be had, or is for one platform only
     * @throws TrustProblem if content trust is enabled and the tag is not signed
     */
    default ImageIndex pullAllPlatforms(String reference) {
        return pullAllPlatforms(reference, progress -> { });
    }

    /**
     * The same, telling how far it is.
     *
     * @param reference as {@link #pull(String)}
     * @param progress called by the threads that download; quick
     * @return with each of its platforms
     * @throws ImageProblem as {@link #pullAllPlatforms(String)}
     * @throws TrustProblem as {@link #pullAllPlatforms(String)}
     */
    ImageIndex pullAllPlatforms(String reference, Consumer<TransferProgress> progress);

    /**
     * Makes one image for several platforms of images that are here ({@code docker manifest create}).
     *
     * @param reference its name; another image's until now, it is this one's
     * @param images names or ids, each for another platform
     * @return to be pushed or saved by its name
     * @throws ImageProblem if one is not here, or two are for the same platform
     */
    ImageIndex createIndex(String reference, List<String> images);

    /**
     * The images for several platforms that are kept whole.
     *
     * @return of {@link #pullAllPlatforms}, {@link #loadAllPlatforms} and {@link #createIndex}
     */
    List<ImageIndex> indexes();

    /**
     * Makes an image of files alone.
     *
     * @return to be told which files; {@link ImageBuilder#build} makes it
     */
    ImageBuilder scratch();

    /**
     * Makes an image that adds to another one.
     *
     * @param reference an image that is here; pull it first if it is not
     * @return to be told which files; the base is looked for by {@link ImageBuilder#build}
     */
    ImageBuilder from(String reference);

    /**
     * Makes an image of one layer from a directory just as it is, with owners, times and extended attributes: {@code tar -c . | docker import -}.
     *
     * @param directory a root file system on the host
     * @param reference its name
     * @param changes Dockerfile instructions, as for {@link #importRootfs}
     * @return for this host's platform
     * @throws InvalidSpec if an instruction cannot be understood
     * @throws ImageProblem if the reference cannot be a name
     */
    Image fromDirectory(Path directory, String reference, String... changes);

    /**
     * Makes an image of this JVM's class path, for a program in it.
     *
     * @param base an image that is here and has a {@code java}
     * @param reference the new image's name
     * @param mainClass its name
     * @return at most three layers: released jars, snapshot jars, directories of classes
     * @throws ImageProblem if the base is not here
     * @see ImageBuilder#classpath(List, String)
     */
    default Image fromClasspath(String base, String reference, String mainClass) {
        return from(base).classpath(mainClass).build(reference);
    }

    /**
     * All images, newest first.
     *
     * @return by the time of making that they say themselves
     */
    default List<Image> list() {
        return list(ImageFilter.all());
    }

    /**
     * The images a filter is passed by, newest first.
     *
     * @param filter {@link ImageFilter#all()}, made narrower
     * @return ({@code docker images --filter})
     * @throws ImageProblem if the filter names an image that is not here
     */
    List<Image> list(ImageFilter filter);

    /**
     * All that an image says of itself, and how it was made.
     *
     * @param reference a name or id of an image that is here
     * @return typed, and in docker's shape ({@code docker image inspect}, {@code docker history})
     * @throws ImageProblem if there is no such image
     */
    ImageDetails inspect(String reference);

    /**
     * The image of a reference, id or unambiguous id prefix.
     *
     * @param reference without a tag, {@code :latest} is meant
     * @return empty if it is not here; no registry is asked
     * @throws ImageProblem if it can be no name, or a prefix fits several images
     */
    Optional<Image> find(String reference);

    /**
     * Gives an image a further name.
     *
     * @param source a name or id of an image that is here
     * @param target the further name ({@code docker tag}); another image that has it loses it
     * @throws ImageProblem if there is no such image
     */
    void tag(String source, String target);

    /**
     * Removes a name, and the image with its last name (or by id with all its names); layers go when no image needs them.
     *
     * @param reference a name, or an id ({@code docker rmi})
     * @throws ImageProblem if there is no such image, or a container uses it
     */
    void remove(String reference);

    /**
     * Removes the images without a name that no container uses ({@code docker image prune}).
     *
     * @return what went, and the bytes it held
     */
    default Pruned prune() {
        return prune(ImageFilter.all().dangling(true));
    }

    /**
     * Removes the images a filter is passed by, with all their names, but for those that a container uses ({@code docker image prune --all --filter}).
     *
     * @param filter {@link ImageFilter#all()} for all
     * @return what went, and the bytes it held
     */
    Pruned prune(ImageFilter filter);

    /**
     * What all images take on disk.
     *
     * @return bytes, counted now: seconds on a large store ({@code docker system df})
     */
    ImageUsage usage();

    /**
     * Compares what containers of an image see with what its layers say, by unpacking them once more beside it: names, types, owners, modes, content, links, devices,
     * extended attributes, times. Finds a disk that lost bits, somebody who wrote into the engine's directories, and a page cache that was written behind the kernel's
     * back ("Dirty Pipe", CVE-2022-0847). It needs room for the image on the engine's disk and takes as long as a load. If the list is not empty, remove the image and
     * load or pull it again.
     *
     * @param reference a name or id of an image that is here
     * @return empty if all is as it should be; at most 100 differences
     * @throws ImageProblem if there is no such image, or a stored layer is not what its digest says
     * @throws StorageProblem if the disk refuses
     */
    List<ImageDifference> verify(String reference);

    /**
     * Writes an image as a tar that is both an OCI layout and a {@code docker load} archive.
     *
     * @param reference a name or id of an image that is here
     * @param file replaced if it is there, when all is written
     * @throws ImageProblem if there is no such image
     * @throws StorageProblem as {@link #save(List, Path)}
     */
    default void save(String reference, Path file) {
        save(List.of(reference), file);
    }

    /**
     * Writes several images as one such tar; what they share is in it once.
     *
     * @param references names or ids; at least one
     * @param file replaced if it is there, when all is written
     * @throws ImageProblem if one of them is not here
     * @throws StorageProblem if the file cannot be written; what was there before is there still
     */
    void save(List<String> references, Path file);

    /**
     * Writes images as an OCI layout into a directory, which is made if it is missing. Images that are in it already stay; names move to the new ones.
     *
     * @param references names or ids; at least one
     * @param directory empty, missing, or an OCI layout
     * @throws ImageProblem if one of them is not here, or the directory holds something else
     * @throws StorageProblem if it cannot be written
     */
    void saveLayout(List<String> references, Path directory);
}
