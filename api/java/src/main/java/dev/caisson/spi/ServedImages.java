package dev.caisson.spi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * An engine's images as a registry shows them. What has been asked for stays readable for a while, whatever is removed meanwhile: a client that has a manifest gets its
 * blobs. Digests are {@code sha256:…} or {@code sha512:…}, checked by whoever calls; a repository or digest that is not there is none, and no error. Safe for many threads.
 */
public interface ServedImages extends AutoCloseable {
    /** Where such are had: what {@code engine.images()} returns is one. */
    interface Source {
        /**
         * Begins to serve them; ended by {@link ServedImages#close()}.
         *
         * @return to be closed before the engine is
         * @throws dev.caisson.EngineProblem if the engine is closed
         */
        ServedImages serve();
    }

    /**
     * A manifest or index, byte for byte.
     *
     * @param content all of it
     * @param mediaType as it was pushed or pulled
     */
    record Document(byte[] content, String mediaType) {}

    /** A blob that stays until it is closed. */
    interface Blob extends AutoCloseable {
        /**
         * Its bytes.
         *
         * @return how many it has
         */
        long size();

        /**
         * From a byte on; once.
         *
         * @param from 0 to {@link #size()}
         * @return to the end; closing it leaves the blob
         * @throws IOException if the disk refuses
         */
        InputStream open(long from) throws IOException;

        @Override
        void close();
    }

    /**
     * Repositories in which there is something.
     *
     * @return by name
     */
    SortedSet<String> repositories();

    /**
     * Tags with the digests they stand for.
     *
     * @param repository as it is shown
     * @return empty if it is not there
     */
    SortedMap<String, String> tags(String repository);

    /**
     * Digests of all manifests and indexes of a repository.
     *
     * @param repository as it is shown
     * @return empty if it is not there
     */
    Set<String> manifests(String repository);

    /**
     * One of them, which is not kept by this; see {@link #lease}.
     *
     * @param repository as it is shown
     * @param digest {@code sha256:…} or {@code sha512:…}
     * @return empty if it is not there
     */
    Optional<Document> manifest(String repository, String digest);

    /**
     * Keeps a manifest and all that it names, as somebody is about to fetch it.
     *
     * @param repository as it is shown
     * @param digest {@code sha256:…} or {@code sha512:…}
     * @return false if there is none
     */
    boolean lease(String repository, String digest);

    /**
     * A blob of one of a repository's manifests.
     *
     * @param repository as it is shown
     * @param digest {@code sha256:…} or {@code sha512:…}
     * @return closed by whoever asked; empty if it is not there
     */
    Optional<Blob> blob(String repository, String digest);

    /** Lets go of what was fetched and nobody has asked for during five minutes, and of what was pushed an hour ago and is no image's; removes what no image needs then. */
    void tidy();

    /**
     * The same of all that nobody has asked for that long.
     *
     * @param unusedFor zero for all that nobody fetches now
     * @return bytes freed
     */
    long collect(Duration unusedFor);

    /**
     * A directory for blobs on their way, on the same disk as the images.
     *
     * @return it is there
     */
    Path uploads();

    /**
     * Takes a blob that was pushed: it is kept for an hour, within which a manifest has to name it.
     *
     * @param repository as it is shown
     * @param digest {@code sha256:…} or {@code sha512:…}, checked before
     * @param file is hashed and synced; it may be moved away
     * @throws IOException if the disk refuses
     */
    void push(String repository, String digest, Path file) throws IOException;

    /**
     * Shows a repository a blob of another one, as {@link #push} does.
     *
     * @param repository as it is shown
     * @param digest {@code sha256:…} or {@code sha512:…}
     * @param from the repository that has it
     * @return false if that has none
     */
    boolean mount(String repository, String digest, String from);

    /**
     * Takes a manifest that was pushed, all that it names being in the repository. With a tag it is an image from now on, unpacked; without, it is kept for an hour, within
     * which an index has to name it.
     *
     * @param repository as it is shown
     * @param digest {@code sha256:…} or {@code sha512:…}, checked before
     * @param manifest byte for byte
     * @param tag null for none
     * @throws dev.caisson.ImageProblem if it cannot be an image of an engine
     */
    void push(String repository, String digest, Document manifest, @Nullable String tag);

    /** Lets go of everything. */
    @Override
    void close();
}
